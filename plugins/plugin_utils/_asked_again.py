# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a module has warned of in answers that nobody sees, because it was sent what it lacked and asked again.

It may have ended a trial, for example, of which the next run finds nothing. Until ansible-core 2.20, a task shows the
warnings of its final result alone.
"""

from __future__ import annotations

import typing as t


class Discarded:
    """The warnings of answers that are not the last."""

    def __init__(self) -> None:
        self._warnings: list[t.Any] = []

    def add(self, result: dict[str, t.Any]) -> None:
        """Remember what this answer has warned of."""
        self._warnings += [each for each in result.get("warnings") or () if each not in self._warnings]

    def before(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """The last answer, with these warnings before its own. What both warn of is in it once."""
        own = list(result.get("warnings") or ())
        lost = [each for each in self._warnings if each not in own]
        return {**result, "warnings": [*lost, *own]} if lost else result
