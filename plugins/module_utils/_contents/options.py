# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The options that declare a map's contents, of xdp_map and of each element of ``contents``.

The controller has packed ``entries``, or the file of ``src``, and says by the
option ``_packed`` where the bytes are: ``{digest, data}`` in base 64, ``{digest,
path}`` for a file that it has sent, or ``{digest}`` alone, which does where the
host keeps this table for the next boot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import Declared
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted

#: The part of xdp_map's argument spec that each element of ``contents`` has as well (doc_fragments/contents.py).
ARGUMENTS: dict[str, dict[str, Any]] = {
    "entries": {"type": "list", "elements": "dict"},
    "src": {"type": "path"},
    "remote_src": {"type": "bool", "default": False},
    "format": {"type": "str", "choices": ["csv", "jsonl", "lines"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "exclusive": {"type": "bool", "default": False},
    "allow_empty": {"type": "bool", "default": False},
    "existing": {"type": "str", "choices": ["update", "keep"], "default": "update"},
    "atomic": {"type": "bool", "default": False},
    "permanent": {"type": "bool", "default": True},
    "key_type": {"type": "raw", "no_log": False},
    "value_type": {"type": "raw"},
    "default_value": {"type": "raw"},
    "xdp_internal": {"type": "dict"},  # see _internal.py
}

#: The option ``contents`` of modules that take a program.
CONTENTS: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {"map": {"type": "str", "required": True}, **ARGUMENTS},
}

#: In a module's answer: the digests of tables that the host lacks, which the action plugin then sends.
NEEDED = "_contents_needed"


class Lacking(XdpError):
    """The host has none of these tables, so they have to be sent."""

    def __init__(self, digests: Sequence[str]) -> None:
        super().__init__(
            f"The declared entries have not been sent to the host (sha256:{', sha256:'.join(digests)}). "
            f"Run the module by its name in a task, so that its action plugin can send them"
        )
        self.answer = {NEEDED: list(digests)}


def take(elements: Sequence[dict[str, Any]], directory: str) -> list[Wanted]:
    """What these options declare, all checked that needs no kernel; ``directory`` is that of the kept sets.

    Of xdp_map, ``elements`` are its options alone. Raises ``Lacking`` when the
    host needs tables first.
    """
    seen: set[str] = set()
    for element in elements:
        _require_sense(element)
        if _map_of(element) in seen:
            raise XdpError(
                f"contents: the map {_map_of(element)} is there twice. Give all its entries at once. Nothing was changed"
            )
        seen.add(_map_of(element))
    lacking: list[str] = []
    found = [_wanted(element, directory, lacking) for element in elements]
    if lacking:
        raise Lacking(list(dict.fromkeys(lacking)))
    return [each for each in found if each is not None]


def _map_of(element: dict[str, Any]) -> str:
    """Of xdp_map with ``path``, which wins over ``map``, the pin's name."""
    path = element.get("path")
    return str(path).rstrip("/").rpartition("/")[2] if path is not None else str(element["map"])


def _require_sense(element: dict[str, Any]) -> None:
    """Refuse options that contradict each other."""
    for option in ("map", "src"):
        if "\0" in (element[option] or ""):
            raise XdpError(f"{option}: {element[option]!r} contains a character that no name or path can have")
    name = _map_of(element)
    if element["state"] == "absent":
        for option in ("exclusive", "atomic"):
            if element[option]:
                raise XdpError(
                    f"{name}: {option} does not go with state: absent, which removes the declared keys and nothing else. "
                    f"Nothing was changed"
                )
    given = element["entries"] is not None or element["src"] is not None or element["_packed"] is not None
    if not given and not (element["exclusive"] and element["allow_empty"]):
        raise XdpError(
            f"{name}: neither entries nor src is given. To empty the map, set exclusive and allow_empty. Nothing was changed"
        )


def _wanted(element: dict[str, Any], directory: str, lacking: list[str]) -> Wanted | None:
    """``None`` when the host lacks the table, which is added to ``lacking``."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted

    taken = _table(element, directory, lacking)
    if taken is None:
        return None
    table, packed, read = taken
    name = _map_of(element)
    if element["exclusive"] and not table.count and not element["allow_empty"]:
        raise XdpError(
            f"{name}: there are no entries, and exclusive would empty the map. Set allow_empty if this is meant. Nothing was changed"
        )
    return Wanted(
        name,
        table,
        element["state"],
        element["exclusive"],
        element["allow_empty"],
        element["existing"],
        element["atomic"],
        element["key_type"],
        element["value_type"],
        element["default_value"],
        pack.digest(packed),
        element["permanent"],
        read,
        packed,
        element["_renewed"],
    )


def _table(element: dict[str, Any], directory: str, lacking: list[str]) -> tuple[Table, bytes, Declared | None] | None:
    """The table, how it is packed, and where its rows come from if that is known here."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack

    sent = element["_packed"]
    if sent is not None:
        packed = _bytes(sent, directory)
        if packed is None:
            lacking.append(str(sent["digest"]))
            return None
        return pack.unpack(packed, f"{_map_of(element)}: the packed entries"), packed, None
    read: Declared | None = None
    if element["src"] is not None:
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents.read_file import read_file

        read = read_file(element["src"], element["format"])
    elif element["entries"]:
        read = declared(element["entries"])
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table

    table = read.table if read is not None else Table()
    return table, pack.pack(table), read


def _bytes(sent: dict[str, Any], directory: str) -> bytes | None:
    """A packed table from where it is; ``None`` when the host lacks it."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack

    if sent.get("data") is not None:
        import binascii

        try:
            packed = binascii.a2b_base64(sent["data"])
        except (ValueError, TypeError):
            packed = b""
    elif sent.get("path") is not None:
        with open(sent["path"], "rb") as file:
            packed = file.read(pack.LARGEST)
    else:
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents import stored

        return stored.find(directory, str(sent["digest"]))
    if pack.digest(packed) != sent["digest"]:
        raise XdpError(
            "The packed entries are not those that were sent: their digest is another one. Nothing was changed"
        )
    return packed


def declared(entries: Sequence[Any], within: str = "") -> Declared:
    """The table of the option ``entries``, which is in ``within``."""
    from collections.abc import Mapping

    from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import MISSING, table_of
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places, RowError

    places = Places(None, within)
    rows = []
    for number, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            raise RowError(places, number, f"{short(entry)} is not a dictionary with key and value")
        unknown = sorted(str(name) for name in entry if name not in ("key", "value"))
        if unknown:
            raise RowError(places, number, f"unknown: {short(', '.join(unknown))}. An entry has key and value")
        rows.append((entry.get("key", MISSING), entry.get("value", MISSING), number))
    return table_of(rows, places)
