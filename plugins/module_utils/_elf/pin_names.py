# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The names under which the parts of an ELF object would be pinned."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name


class Names:
    """Grows name by name, so that a wrong one is refused before more is done for its bearer."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._seen: set[str] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Raises ``XdpError`` for a name that is taken, or that no pin can have."""
        if not usable_name(name):
            raise XdpError(f"has a map or program {short(name)!r}, which cannot be a name in the BPF file system")
        if name in self._seen:
            raise XdpError(f"has two things that would be pinned as {name}")
        self._seen.add(name)
