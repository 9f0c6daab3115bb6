# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ELF objects to read, from Python data: what clang -target bpf writes, and what it never would."""

from __future__ import annotations

import struct
import sys
from typing import NamedTuple

from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import MAGIC, BtfFile

NULL, PROGBITS, SYMTAB, STRTAB, RELA, NOBITS, REL = 0, 1, 2, 3, 4, 8, 9
WRITE, ALLOC, EXEC = 1, 2, 4
CODE, DATA, CONSTANT = ALLOC | EXEC, ALLOC | WRITE, ALLOC
NOTYPE, OBJECT, FUNC, SECTION = 0, 1, 2, 3
LOCAL, GLOBAL, WEAK = 0, 1, 2
DEFAULT, INTERNAL, HIDDEN, PROTECTED = 0, 1, 2, 3
UNDEFINED, ABSOLUTE = 0, 0xFFF1

_HEADER = "=16s2HI3QI6H"
_SECTION = "=2I4Q2I2Q"
_SYMBOL = "=I2BH2Q"
_SECTION_SIZE = struct.calcsize(_SECTION)

_CALL, _LOAD = 0x85, 0x18
# R_BPF_64_64 and R_BPF_64_32
_ADDRESS_KIND, _CALL_KIND = 1, 10

# Where the fields are, and how they are packed.
_HEADER_FIELDS = {
    "class": (4, "B"),
    "byte_order": (5, "B"),
    "type": (16, "H"),
    "machine": (18, "H"),
    "section_headers": (40, "Q"),
    "section_header_size": (58, "H"),
    "section_count": (60, "H"),
    "section_names": (62, "H"),
}
_SECTION_FIELDS = {
    "name": (0, "I"),
    "type": (4, "I"),
    "flags": (8, "Q"),
    "offset": (24, "Q"),
    "size": (32, "Q"),
    "link": (40, "I"),
    "info": (44, "I"),
}


class Piece(NamedTuple):
    """An instruction, and the symbol whose address the linker is to put into it."""

    data: bytes
    symbol: str = ""


def instruction(
    opcode: int, destination: int = 0, source: int = 0, offset: int = 0, value: int = 0, symbol: str = ""
) -> Piece:
    low, high = (destination, source) if sys.byteorder == "little" else (source, destination)
    return Piece(struct.pack("=BBhi", opcode, low | high << 4, offset, value), symbol)


def mov(register: int, value: int) -> Piece:
    return instruction(0xB7, register, value=value)


def leave() -> Piece:
    return instruction(0x95)


def helper(number: int) -> Piece:
    """A call of a function of the kernel."""
    return instruction(_CALL, value=number)


def call(symbol: str = "", value: int = -1) -> Piece:
    """A call of a function of the object; ``value`` as the compiler has left it."""
    return instruction(_CALL, source=1, value=value, symbol=symbol)


def load(symbol: str = "", addend: int = 0, register: int = 1, source: int = 0, second: int = 0) -> Piece:
    """An address, in the two places that it takes."""
    first = instruction(_LOAD, register, source, value=addend)
    return Piece(first.data + instruction(0, value=second).data, symbol)


def code(*pieces: Piece) -> bytes:
    return b"".join(piece.data for piece in pieces)


def start_of(section: str) -> str:
    """The symbol that stands for a section, which has no name of its own."""
    return f"start of {section}"


class Symbol(NamedTuple):
    name: str
    #: Number of the section.
    section: int
    value: int = 0
    size: int = 0
    type: int = OBJECT
    binding: int = GLOBAL
    visibility: int = DEFAULT


class Section(NamedTuple):
    name: str
    type: int
    flags: int
    data: bytearray
    #: Of a section without contents.
    size: int = 0
    link: int = 0
    info: int = 0


class _Strings:
    """A table of strings that grows."""

    def __init__(self) -> None:
        self.data = bytearray(b"\0")
        self._places = {"": 0}

    def place(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.data)
            self.data += text.encode() + b"\0"
        return self._places[text]


class ObjectFile:
    """Grows an object; sections come into being when something is put into them."""

    def __init__(self) -> None:
        self.sections: dict[str, Section] = {}
        self.symbols: list[Symbol] = []
        #: By section: place, name of the symbol, and number of the kind.
        self.relocations: dict[str, list[tuple[int, str, int]]] = {}

    def section(
        self, name: str, data: bytes = b"", section_type: int = PROGBITS, flags: int = DATA, size: int = 0
    ) -> ObjectFile:
        self._section(name, section_type, flags, size).data.extend(data)
        return self

    def _section(self, name: str, section_type: int, flags: int, size: int = 0) -> Section:
        if name not in self.sections:
            self.sections[name] = Section(name, section_type, flags, bytearray(), size)
        return self.sections[name]

    def number(self, name: str) -> int:
        """The section's place among the headers: those that a test names come first."""
        names = ["", *self.sections, ".strtab", ".symtab", *(f".rel{name}" for name in self.relocations)]
        return names.index(name)

    def symbol(
        self,
        name: str,
        section: str | int,
        value: int = 0,
        size: int = 0,
        symbol_type: int = OBJECT,
        binding: int = GLOBAL,
        visibility: int = DEFAULT,
    ) -> ObjectFile:
        number = section if isinstance(section, int) else list(self.sections).index(section) + 1
        self.symbols.append(Symbol(name, number, value, size, symbol_type, binding, visibility))
        return self

    def undefined(self, name: str, binding: int = GLOBAL) -> ObjectFile:
        return self.symbol(name, UNDEFINED, symbol_type=NOTYPE, binding=binding)

    def relocation(self, section: str, place: int, symbol: str, kind: int = 1) -> ObjectFile:
        self.relocations.setdefault(section, []).append((place, symbol, kind))
        return self

    def function(
        self,
        name: str,
        *pieces: Piece,
        section: str = "xdp",
        binding: int = GLOBAL,
        visibility: int = DEFAULT,
        size: int | None = None,
    ) -> ObjectFile:
        """A function behind those that are in the section already."""
        where = self._section(section, PROGBITS, CODE).data
        start = len(where)
        for piece in pieces:
            if piece.symbol:
                self.relocation(
                    section, len(where), piece.symbol, _CALL_KIND if piece.data[0] == _CALL else _ADDRESS_KIND
                )
            where += piece.data
        length = len(where) - start if size is None else size
        return self.symbol(name, section, start, length, FUNC, binding, visibility)

    def variable(
        self,
        name: str,
        data: bytes,
        section: str = ".rodata",
        binding: int = GLOBAL,
        size: int | None = None,
        flags: int | None = None,
    ) -> ObjectFile:
        """A variable behind those that are in the section already."""
        known = CONSTANT if section.startswith(".rodata") else DATA
        where = self._section(section, PROGBITS, known if flags is None else flags).data
        self.symbol(name, section, len(where), len(data) if size is None else size, OBJECT, binding)
        where += data
        return self

    def license(self, text: bytes = b"GPL\0") -> ObjectFile:
        return self.section("license", text)

    def types(self, btf: BtfFile | bytes, extension: bytes = b"") -> ObjectFile:
        self.section(".BTF", btf if isinstance(btf, bytes) else btf.blob(), flags=0)
        return self.section(".BTF.ext", extension, flags=0) if extension else self

    def _keyed_symbols(self) -> list[tuple[str, Symbol]]:
        """All symbols by what relocations call them; local ones come first (System V ABI, chapter 4)."""
        starts = [
            (start_of(name), Symbol("", number, type=SECTION, binding=LOCAL))
            for number, name in enumerate(self.sections, 1)
        ]
        keyed = [*starts, *((each.name, each) for each in self.symbols)]
        return sorted(keyed, key=lambda each: each[1].binding != LOCAL)

    def _symbol_table(self, strings: _Strings) -> Section:
        table = bytearray(struct.calcsize(_SYMBOL))
        keyed = self._keyed_symbols()
        for _key, each in keyed:
            kind = each.binding << 4 | each.type
            place = strings.place(each.name)
            table += struct.pack(_SYMBOL, place, kind, each.visibility, each.section, each.value, each.size)
        local_count = 1 + sum(each.binding == LOCAL for _key, each in keyed)
        return Section(".symtab", SYMTAB, 0, table, link=self.number(".strtab"), info=local_count)

    def _relocation_sections(self) -> list[Section]:
        numbers = {key: number for number, (key, _symbol) in enumerate(self._keyed_symbols(), 1)}
        return [
            Section(
                f".rel{name}",
                REL,
                0,
                bytearray(b"".join(struct.pack("=2Q", place, numbers[key] << 32 | kind) for place, key, kind in found)),
                link=self.number(".symtab"),
                info=self.number(name),
            )
            for name, found in self.relocations.items()
        ]

    def data(self) -> bytes:
        """The object's file; names of sections and of symbols are in one table, as clang has it."""
        strings = _Strings()
        table = self._symbol_table(strings)
        names = Section(".strtab", STRTAB, 0, strings.data)
        headers = [bytes(_SECTION_SIZE)]
        contents = bytearray(struct.calcsize(_HEADER))
        sections = [*self.sections.values(), names, table, *self._relocation_sections()]
        places = [strings.place(each.name) for each in sections]
        for each, place in zip(sections, places):
            contents += bytes(-len(contents) % 8)
            size = each.size or len(each.data)
            step = {SYMTAB: struct.calcsize(_SYMBOL), REL: 16}.get(each.type, 0)
            header = (place, each.type, each.flags, 0, len(contents), size, each.link, each.info, 8, step)
            headers.append(struct.pack(_SECTION, *header))
            contents += each.data
        contents += bytes(-len(contents) % 8)
        identity = b"\x7fELF" + bytes([2, 1 if sys.byteorder == "little" else 2, 1]) + bytes(9)
        fields = (identity, 1, 247, 1, 0, 0, len(contents), 0, 64, 0, 0, _SECTION_SIZE, len(headers))
        struct.pack_into(_HEADER, contents, 0, *fields, self.number(".strtab"))
        return bytes(contents) + b"".join(headers)


def with_header(data: bytes, **fields: int) -> bytes:
    """The object with other values in its header."""
    changed = bytearray(data)
    for name, value in fields.items():
        place, layout = _HEADER_FIELDS[name]
        struct.pack_into("=" + layout, changed, place, value)
    return bytes(changed)


def with_section(data: bytes, number: int, **fields: int) -> bytes:
    """The object with other values in a section's header."""
    changed = bytearray(data)
    (headers,) = struct.unpack_from("=Q", data, 40)
    for name, value in fields.items():
        place, layout = _SECTION_FIELDS[name]
        struct.pack_into("=" + layout, changed, headers + number * _SECTION_SIZE + place, value)
    return bytes(changed)


def place_of(data: bytes, number: int) -> tuple[int, int]:
    """Where a section's contents are in the file, and how many bytes."""
    (headers,) = struct.unpack_from("=Q", data, 40)
    offset, size = struct.unpack_from("=2Q", data, headers + number * _SECTION_SIZE + 24)
    return offset, size


class Extension:
    """Grows a section .BTF.ext; all by section and by place in bytes."""

    def __init__(self, btf: BtfFile) -> None:
        self.btf = btf
        self.functions: dict[str, list[tuple[int, ...]]] = {}
        self.lines: dict[str, list[tuple[int, ...]]] = {}
        self.accesses: dict[str, list[tuple[int, ...]]] = {}

    def function(self, section: str, place: int, type_id: int) -> Extension:
        self.functions.setdefault(section, []).append((place, type_id))
        return self

    def line(
        self, section: str, place: int, text: str, number: int, column: int = 1, file: str = "prog.c"
    ) -> Extension:
        record = (place, self.btf.string(file), self.btf.string(text), number << 10 | column)
        self.lines.setdefault(section, []).append(record)
        return self

    def access(self, section: str, place: int, type_id: int, path: str = "0:0", kind: int = 0) -> Extension:
        self.accesses.setdefault(section, []).append((place, type_id, self.btf.string(path), kind))
        return self

    def _part(self, found: dict[str, list[tuple[int, ...]]], words: int, more: int = 0) -> bytes:
        if not found:
            return b""
        part = struct.pack("=I", 4 * words + more)
        for section, records in found.items():
            part += struct.pack("=2I", self.btf.string(section), len(records))
            part += b"".join(struct.pack(f"={words}I", *record) + bytes(more) for record in records)
        return part

    def blob(self, header: int = 32, more: int = 0) -> bytes:
        """With a header of so many bytes, and records that are so much longer than they have to be."""
        parts = [
            self._part(self.functions, 2, more),
            self._part(self.lines, 4, more),
            self._part(self.accesses, 4, more),
        ]
        places = []
        start = 0
        for part in parts:
            places += [start, len(part)]
            start += len(part)
        head = struct.pack("=HBBI6I", MAGIC, 1, 0, header, *places)
        return head[:header].ljust(header, b"\0") + b"".join(parts)
