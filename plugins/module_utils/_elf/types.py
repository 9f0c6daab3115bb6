# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The types of an ELF object: its BTF, and what .BTF.ext says of single instructions.

The layout of .BTF.ext is that of Documentation/bpf/btf.rst, Linux 6.18.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.write import Writer
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import CORE_TYPE_ID_LOCAL

_MAGIC = 0xEB9F


class Line(NamedTuple):
    """``struct bpf_line_info``; the offset is in bytes, and strings are by their place in the BTF."""

    offset: int
    file: int
    text: int
    #: Line in the upper 22 bits, column in the lower 10.
    position: int


class KernelAccess(NamedTuple):
    """``struct bpf_core_relo``: an instruction that the running kernel's types decide about (CO-RE)."""

    offset: int
    type: int
    access: int
    kind: int


class ObjectTypes:
    """What an object says of types; one without BTF has none."""

    def __init__(self, elf: Elf) -> None:
        section = elf.named(".BTF")
        self.known = section is not None and section.size > 0
        #: By section name: type of the function at each offset, lines, accesses.
        self.functions: dict[str, dict[int, int]] = {}
        self.lines: dict[str, list[Line]] = {}
        self.accesses: dict[str, list[KernelAccess]] = {}
        try:
            #: The object's types, and the part of them that goes into the spec.
            self.btf = Btf(elf.contents(section) if section is not None else b"")
        except Malformed as error:
            raise XdpError(f"has a damaged section .BTF: {error}") from error
        self.writer = Writer(self.btf)
        extension = elf.named(".BTF.ext")
        if self.known and extension is not None and extension.size:
            try:
                self._read_extension(elf.contents(extension))
            except (Malformed, struct.error) as error:
                raise XdpError(f"has a damaged section .BTF.ext: {error}") from error
        if any(access.kind == CORE_TYPE_ID_LOCAL for accesses in self.accesses.values() for access in accesses):
            # Its programs tell others these numbers, who look them up in the object's file.
            self.writer.take_all()

    def _read_extension(self, data: bytes) -> None:
        fields = struct.unpack_from("=HBBI", data)
        magic, header = fields[0], fields[3]
        if magic != _MAGIC or not 24 <= header <= len(data):
            raise Malformed("it does not begin as it should")
        # Accesses to kernel types came later: the header of an object without them may be shorter.
        places = struct.unpack_from("=6I", data[:header].ljust(32, b"\0"), 8)
        parts = []
        for start, size in zip(places[::2], places[1::2]):
            if start + size > len(data) - header:
                raise Malformed("its header declares more than it contains")
            parts.append(data[header + start : header + start + size])
        self.functions = {
            name: {each[0]: each[1] for each in found} for name, found in self._records(parts[0], 2).items()
        }
        self.lines = {name: [Line(*each) for each in found] for name, found in self._records(parts[1], 4).items()}
        self.accesses = {
            name: [KernelAccess(*each) for each in found] for name, found in self._records(parts[2], 4).items()
        }

    def _records(self, data: bytes, words: int) -> dict[str, list[tuple[int, ...]]]:
        """Records of so many 32-bit words, by the name of the section that they speak of."""
        found: dict[str, list[tuple[int, ...]]] = {}
        if not data:
            return found
        (size,) = struct.unpack_from("=I", data)
        if size < 4 * words:
            raise Malformed("its records are too short")
        position = 4
        while position < len(data):
            name, count = struct.unpack_from("=2I", data, position)
            position += 8
            if count * size > len(data) - position:
                raise Malformed("it speaks of more records than there are")
            here = found.setdefault(self.btf.string(name), [])
            for index in range(count):
                here.append(struct.unpack_from(f"={words}I", data, position + index * size))
            position += count * size
        return found
