# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Compare the table of records that are the same on every Linux with the types of a file: FILE

The file is uapi_records.c, compiled, for this machine's headers, or /sys/kernel/btf/vmlinux of some kernel, which may lack
records that it does not use itself. bpftool reads it. What differs is printed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._load import uapi_records
from ansible_collections.ebpf.xdp.plugins.module_utils._load.uapi_records import Member

_QUALIFIERS = ("TYPEDEF", "CONST", "VOLATILE", "RESTRICT")


class Headers:
    def __init__(self, path: str) -> None:
        said = subprocess.run(["bpftool", "-j", "btf", "dump", "file", path], check=True, capture_output=True)
        self._types = {btf_type["id"]: btf_type for btf_type in json.loads(said.stdout)["types"]}

    def record(self, name: str) -> int | None:
        return next(
            (
                type_id
                for type_id, btf_type in self._types.items()
                if btf_type["kind"] == "STRUCT" and btf_type["name"] == name
            ),
            None,
        )

    def members(self, type_id: int, at: int = 0, names: tuple[str, ...] = ()) -> Iterator[tuple[str, Member]]:
        for each in self._type(type_id)["members"]:
            inside = (*names, *([each["name"]] if each["name"] != "(anon)" else ()))
            start, btf_type = at + each["bits_offset"], self._type(each["type_id"])
            element = self._type(btf_type["type_id"]) if btf_type["kind"] == "ARRAY" else btf_type
            bits = each.get("bitfield_size") or self._bits(btf_type)
            is_signed = element.get("encoding") == "SIGNED"
            if inside != names:
                yield (
                    ".".join(inside),
                    Member(start, bits, is_signed, self._bits(element) if element is not btf_type else 0),
                )
            if btf_type["kind"] in ("STRUCT", "UNION"):
                yield from self.members(each["type_id"], start, inside)

    def _type(self, type_id: int) -> dict[str, Any]:
        btf_type = self._types[type_id]
        while btf_type["kind"] in _QUALIFIERS:
            btf_type = self._types[btf_type["type_id"]]
        return btf_type

    def _bits(self, btf_type: dict[str, Any]) -> int:
        if btf_type["kind"] == "ARRAY":
            return btf_type["nr_elems"] * self._bits(self._type(btf_type["type_id"]))
        return 8 * btf_type["size"]


def main() -> None:
    headers = Headers(sys.argv[1])
    compared = 0
    for record in uapi_records.RECORDS:
        type_id = headers.record(record)
        if type_id is None and sys.argv[1].endswith(".o"):
            print(f"{record} is not there")
        if type_id is None:
            continue
        there = dict(headers.members(type_id))
        for name, member in uapi_records.members(record).items():
            compared += 1
            if there.get(name) != member:
                print(f"{record}.{name}: {member} in the table, {there.get(name)} in the headers")
    print(f"{compared} members compared")


if __name__ == "__main__":
    main()
