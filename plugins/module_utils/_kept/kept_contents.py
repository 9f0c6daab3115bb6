# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the first line of a kept file says of the contents of the set's maps. The entries are in files of their own."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

#: How a digest is written, which names the file (``_contents.stored``).
DIGEST = re.compile("[0-9a-f]{64}")

_EXISTING = ("update", "keep")


class KeptContents(NamedTuple):
    """Of one map. The fields that have the names of options mean the same (``_contents.wanted``)."""

    map: str
    #: SHA-256 of the packed table.
    digest: str
    entries: int
    exclusive: bool = False
    existing: str = "update"
    key_type: Any = None
    value_type: Any = None
    default_value: Any = None
    #: The interfaces that entries name, sorted: those of a device map wait for them.
    interfaces: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """As JSON has it; fields that have their default are left out."""
        data = self._asdict()
        for field, default in self._field_defaults.items():
            if data[field] == default:
                del data[field]
        return data


def parse(data: Any) -> tuple[KeptContents, ...]:
    """The field ``contents``, sorted by map; raises ``ValueError`` that says what is wrong with it."""
    if not isinstance(data, list):
        raise ValueError("contents is not a list")
    found = sorted((_parse_one(each) for each in data), key=lambda each: each.map)
    if len({each.map for each in found}) < len(found):
        raise ValueError("contents has a map twice")
    return tuple(found)


def _parse_one(data: Any) -> KeptContents:
    if not isinstance(data, dict) or not data.keys() <= set(KeptContents._fields):
        raise ValueError("contents does not say of which maps")
    interfaces = data.get("interfaces", [])
    if not isinstance(interfaces, list) or not all(isinstance(each, str) for each in interfaces):
        raise ValueError("interfaces of contents is not a list of names")
    entries = data.get("entries")
    is_number = isinstance(entries, int) and not isinstance(entries, bool) and entries >= 0
    if not isinstance(data.get("map"), str) or not is_number or not DIGEST.fullmatch(str(data.get("digest"))):
        raise ValueError("map, digest or entries of contents is not what it can be")
    found = KeptContents(**{**data, "interfaces": tuple(interfaces)})
    if not isinstance(found.exclusive, bool) or found.existing not in _EXISTING:
        raise ValueError("exclusive or existing of contents is not what it can be")
    return found
