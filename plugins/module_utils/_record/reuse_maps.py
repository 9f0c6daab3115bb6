# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What ``reuse_maps`` says: names of maps, and where others have pinned them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout, is_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name


def references(given: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """The option ``reuse_maps``, in an order that does not depend on how it was written."""
    found = []
    for name, reference in sorted(given.items()):
        if not isinstance(reference, str):
            raise XdpError(
                f"reuse_maps: {name[:200]} is {str(reference)[:200]}. Give SET/MAP, or the path of a pinned map"
            )
        found.append((name, reference))
    return tuple(found)


def path_of(pin_root: str, borrower: str, reference: str) -> str:
    """Where a map is pinned that an option names as ``SET/MAP`` or by its path."""
    path = os.path.normpath(reference)
    if not os.path.isabs(reference):
        lender, _separator, name = reference.partition("/")
        if not is_name(lender) or not usable_name(name):
            raise XdpError(
                f"reuse_maps: {reference[:200]!r} names no map. Write SET/MAP for a map of another pin set below the same "
                f"pin_root, or the absolute path of a pinned map"
            )
        path = os.path.normpath(Layout(pin_root, lender).map(name))
    if "\0" in path or path.startswith(os.path.normpath(Layout(pin_root, borrower).path) + "/"):
        raise XdpError(f"reuse_maps: {reference[:200]!r} is a map of the pin set {borrower} itself. Name another set's")
    return path


def lender_of(pin_root: str, path: str) -> str | None:
    """The set below ``pin_root`` whose map is pinned at this path; ``None`` if no set has it."""
    parts = os.path.relpath(path, os.path.normpath(pin_root)).split("/")
    return parts[0] if len(parts) == 3 and parts[1] == "maps" and is_name(parts[0]) else None


def wanted(pin_root: str, borrower: str, references: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Paths by the names that the borrower's object has for the maps."""
    return {name: path_of(pin_root, borrower, reference) for name, reference in references}
