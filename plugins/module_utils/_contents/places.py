# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where declared entries stand, as messages name it: a line of a file, or an element of the option ``entries``."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


class Places(NamedTuple):
    """The rows of a file are numbered by their lines, from 1 on; those of ``entries`` from 0 on."""

    #: ``None`` for the option ``entries``.
    file: str | None = None
    #: What ``entries`` is in: ``contents[0].``, or nothing.
    within: str = ""
    #: The option that has the rows, without a file: ``lookup`` has keys alone, for which nothing is changed.
    option: str = "entries"

    def of(self, number: int) -> str:
        """``/srv/blocked.csv, line 7``, or ``entries[6]``."""
        return self.brief(number) if self.file is None else f"{self.file}, line {number}"

    def brief(self, number: int) -> str:
        """The same where the file was just named: ``line 7``, or ``entries[6]``."""
        return f"{self.within}{self.option}[{number}]" if self.file is None else f"line {number}"


class RowError(XdpError):
    """A row that no map could have; ``text`` has no full stop. If two rows have the same key, ``first`` is the other row."""

    def __init__(self, places: Places, number: int, text: str, first: int | None = None) -> None:
        before = "" if first is None else f", first in {places.brief(first)}"
        after = ". Nothing was changed" if places.option == "entries" else ""
        super().__init__(f"{places.of(number)}: {text}{before}{after}")
