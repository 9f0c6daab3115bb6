# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""ELF as a container: sections, symbols and relocations of a BPF object file.

The layouts are those of include/uapi/linux/elf.h, 64 bits. Nothing is believed:
every offset is checked, and as no two sections may share bytes, what is read is
never more than the file.
"""

from __future__ import annotations

import struct
import sys
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

MAGIC = b"\x7fELF"

#: A BPF object with all its debug information has some hundred KiB.
LARGEST_FILE = 64 << 20

# Section types and flags, symbol types, bindings, visibilities and section numbers.
SHT_PROGBITS = 1
_SHT_SYMTAB = 2
_SHT_STRTAB = 3
_SHT_RELA = 4
SHT_NOBITS = 8
_SHT_REL = 9
SHF_WRITE = 1
SHF_EXECINSTR = 4
STT_OBJECT = 1
STT_FUNC = 2
STB_LOCAL = 0
STB_WEAK = 2
STV_INTERNAL = 1
STV_HIDDEN = 2
SHN_UNDEF = 0

_CLASS_64 = 2
_DATA = {"little": 1, "big": 2}
_ET_REL = 1
_EM_NONE = 0
_EM_BPF = 247
_HEADER = "=16s2HI3QI6H"
_SECTION = "=2I4Q2I2Q"
_SYMBOL = "=I2BH2Q"
_REL = "=2Q"

# Names may share their ends; together they are not much more than the file. A damaged one could have all
# symbols begin within one long name.
_NAMES_BY_FILE = 4


class Section(NamedTuple):
    """A section header (``Elf64_Shdr`` of elf(5)); ``offset`` and ``size`` are in bytes of the file."""

    number: int
    name: str
    type: int
    flags: int
    offset: int
    size: int
    link: int
    info: int


class Symbol(NamedTuple):
    """An entry of the symbol table (``Elf64_Sym`` of elf(5))."""

    name: str
    type: int
    binding: int
    visibility: int
    #: Index of the section that it is in.
    section: int
    #: Bytes from the start of the section.
    value: int
    size: int


class Relocation(NamedTuple):
    """A place that the linker fills in, and the symbol that it fills in (``Elf64_Rel`` of elf(5))."""

    #: Bytes from the start of the section that it is for.
    offset: int
    symbol: Symbol


class Elf:
    """A relocatable BPF object; ``XdpError`` for anything else, without the file's name."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._names: dict[int, str] = {}
        self._contents: dict[int, bytes] = {}
        self._room_for_names = _NAMES_BY_FILE * len(data)
        if len(data) > LARGEST_FILE:
            raise XdpError(f"is larger than {LARGEST_FILE >> 20} MiB")
        offset, size, count, names = self._header()
        self.sections: list[Section] = []
        self._read_sections(offset, size, count, names)
        self.symbols = self._read_symbols()
        self._symbols_in: dict[int, list[Symbol]] = {}
        for symbol in self.symbols:
            self._symbols_in.setdefault(symbol.section, []).append(symbol)
        self._relocations: dict[int, list[Section]] = {}
        for section in self.sections:
            if section.type in (_SHT_REL, _SHT_RELA):
                self._relocations.setdefault(section.info, []).append(section)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self._data)

    def _header(self) -> tuple[int, int, int, int]:
        """Where the section headers are, the size of one, how many there are, and which has their names."""
        size = struct.calcsize(_HEADER)
        if len(self._data) < size or not self._data.startswith(MAGIC):
            raise XdpError("is not an ELF object, or was cut off")
        identity, kind, machine, *fields = struct.unpack_from(_HEADER, self._data)
        if identity[4] != _CLASS_64:
            raise XdpError("is not a 64-bit ELF object, as all BPF objects are")
        if identity[5] != _DATA[sys.byteorder]:
            raise XdpError(f"is for machines of another byte order; build it for {sys.byteorder}-endian BPF")
        if kind != _ET_REL or machine not in (_EM_NONE, _EM_BPF):
            raise XdpError(
                f"is an ELF file for another machine (type {kind}, machine {machine}) and not a BPF object. "
                f"Build it with clang -target bpf -c"
            )
        return fields[3], fields[8], fields[9], fields[10]

    def _read_sections(self, offset: int, size: int, count: int, names: int) -> None:
        if size < struct.calcsize(_SECTION) or count == 0 or offset + size * count > len(self._data):
            raise XdpError("has no section headers where its header says, or was cut off")
        headers = [struct.unpack_from(_SECTION, self._data, offset + size * index) for index in range(count)]
        room = len(self._data)
        for _name, kind, _flags, _address, start, length, *_more in headers[1:]:
            if kind == SHT_NOBITS:
                continue
            room -= length
            if start + length > len(self._data) or room < 0:
                raise XdpError("has sections beyond its end, or on top of each other")
        if not 0 < names < count or headers[names][1] != _SHT_STRTAB:
            raise XdpError("has no table of section names")
        strings = headers[names][4], headers[names][5]
        for index, (name, kind, flags, _address, start, length, link, info, _align, _entry) in enumerate(headers):
            title = self._string(*strings, name) if index else ""
            self.sections.append(Section(index, title, kind, flags, start, length, link, info))

    def _string(self, start: int, size: int, offset: int) -> str:
        position = start + offset
        if position not in self._names:
            end = self._data.find(b"\0", position, start + size) if offset < size else -1
            self._room_for_names -= max(end - position, 0)
            if end < 0 or self._room_for_names < 0:
                raise XdpError("has names beyond the end of their table, or without an end")
            self._names[position] = self._data[position:end].decode(errors="replace")
        return self._names[position]

    def _read_symbols(self) -> list[Symbol]:
        tables = [section for section in self.sections if section.type == _SHT_SYMTAB]
        if len(tables) != 1:
            raise XdpError(f"has {len(tables)} symbol tables in place of one")
        strings = self._section(tables[0].link)
        if strings.type != _SHT_STRTAB:
            raise XdpError("has no table of symbol names")
        symbols = []
        for fields in self._records(tables[0], _SYMBOL):
            name, info, other, section, value, size = fields
            title = self._string(strings.offset, strings.size, name)
            symbols.append(Symbol(title, info & 0xF, info >> 4, other & 3, section, value, size))
        return symbols

    def _section(self, index: int) -> Section:
        if not 0 < index < len(self.sections):
            raise XdpError(f"refers to section {index}, which does not exist")
        return self.sections[index]

    def _records(self, section: Section, layout: str) -> list[tuple[int, ...]]:
        step = struct.calcsize(layout)
        if section.size % step:
            raise XdpError(f"has a section {short(section.name)} of odd size")
        return list(struct.iter_unpack(layout, self.contents(section)))

    def contents(self, section: Section) -> bytes:
        """The section's bytes; none for one that is all zero (``SHT_NOBITS``)."""
        if section.type == SHT_NOBITS:
            return b""
        # One copy for all who ask: each function and each map of a section does.
        if section.number not in self._contents:
            self._contents[section.number] = self._data[section.offset : section.offset + section.size]
        return self._contents[section.number]

    def named(self, name: str) -> Section | None:
        """The first section with this name."""
        return next((section for section in self.sections[1:] if section.name == name), None)

    def relocations(self, section: Section) -> list[Relocation]:
        """What has to be filled into this section."""
        found = []
        for table in self._relocations.get(section.number, ()):
            if table.type == _SHT_RELA:
                raise XdpError(f"has a section {short(table.name)} of a kind that BPF objects do not have (SHT_RELA)")
            for offset, info in self._records(table, _REL):
                if info >> 32 >= len(self.symbols):
                    raise XdpError(
                        f"has a relocation of section {short(section.name)} against a symbol that is not there"
                    )
                found.append(Relocation(offset, self.symbols[info >> 32]))
        return found

    def section_symbols(self, section: Section, kind: int) -> list[Symbol]:
        """The symbols of this type in the section, in the order of their addresses."""
        here = [symbol for symbol in self._symbols_in.get(section.number, ()) if symbol.type == kind]
        return sorted(here, key=lambda symbol: symbol.value)
