# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of about a given size that make the most work: each multiplies two things of which a file can have many.

Half of the bytes go to the one, half to the other, so that twice the size is four times their product.
"""

from __future__ import annotations

import struct
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import STATIC, BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    CONSTANT,
    HIDDEN,
    LOCAL,
    NOBITS,
    Extension,
    ObjectFile,
    Piece,
    call,
    code,
    instruction,
    leave,
    load,
    mov,
)

# Bytes in the file.
_SYMBOL = 24
_RELOCATION = 16
_SECTION = 64
_MEMBER = 12
_INSTRUCTION = 8

_HASH = struct.pack("=5I", 1, 4, 4, 1, 0)


def _functions(file: ObjectFile, count: int, section: str, piece: bytes, name: str = "p{}") -> None:
    """Many small ones, of which ``ObjectFile.function`` would look at each section for each."""
    file.section(section, piece * count, flags=6)
    number = file.number(section)
    for each in range(count):
        file.symbol(name.format(each), number, each * len(piece), len(piece), 2)


def _calls(distance: int) -> bytes:
    """A function of two instructions, of which the first calls what is so many instructions further on."""
    return code(instruction(0x85, source=1, value=distance - 1), leave())


def one_name_of_many_functions(size: int) -> bytes:
    file = ObjectFile()
    _functions(file, size // 2 // (_SYMBOL + _INSTRUCTION), "tc", code(leave()), "x" * (size // 2))
    return file.data()


def one_name_of_a_section_of_many_functions(size: int) -> bytes:
    file = ObjectFile()
    _functions(file, size // 2 // (_SYMBOL + _INSTRUCTION + 5), "y" * (size // 2), code(leave()))
    return file.data()


def one_name_that_many_functions_lack(size: int) -> bytes:
    """Each program calls the same undefined function."""
    file = ObjectFile()
    long = "z" * (size // 2)
    file.undefined(long)
    count = size // 2 // (_SYMBOL + 2 * _INSTRUCTION + _RELOCATION + 5)
    _functions(file, count, "xdp", code(call(), leave()))
    for each in range(count):
        file.relocation("xdp", 2 * _INSTRUCTION * each, long, 10)
    return file.data()


def one_bad_relocation_of_many_functions(size: int) -> bytes:
    file = ObjectFile().undefined("elsewhere")
    _functions(file, size // 2 // (_SYMBOL + _INSTRUCTION + 5), "xdp", code(leave()))
    for each in range(size // 2 // _RELOCATION):
        file.relocation("xdp", 8 * each, "elsewhere")
    return file.relocation("xdp", 4, "elsewhere").data()


def one_bad_function_that_all_call(size: int) -> bytes:
    """It is found to be bad only at its end."""
    file = ObjectFile()
    count = size // 2 // (_SYMBOL + 2 * _INSTRUCTION + 5)
    large = size // 2 // _INSTRUCTION
    piece = b"".join(_calls(2 * (count - each)) for each in range(count))
    file.section("xdp", piece + code(mov(0, 0)) * large + code(instruction(0x18)), flags=6)
    for each in range(count):
        file.symbol(f"p{each}", 1, each * 16, 16, 2)
    file.symbol("large", 1, count * 16, 8 * (large + 1), 2, LOCAL)
    return file.function("good", leave(), section="xdp/good").data()


def _with_shared(size: int, pieces: list[Piece], visibility: int = 0, btf: bool = False, section: str = "xdp") -> bytes:
    """Many programs, of which each calls one large function of these pieces."""
    file = ObjectFile()
    file.section("maps", _HASH).symbol("m" * 200, "maps", 0, 20)
    count = size // (2 if not btf else 6) // (_SYMBOL + 2 * _INSTRUCTION + 5)
    programs = b"".join(_calls(2 * (count - each)) for each in range(count))
    file.section(section, programs, flags=6)
    number = file.number(section)
    for each in range(count):
        file.symbol(f"p{each}", number, each * 16, 16, 2)
    file.function("large", *pieces, section=section, binding=2 if visibility else LOCAL, visibility=visibility)
    if btf:
        types = BtfFile()
        proto = types.proto(0)
        extension = Extension(types)
        for each in range(count):
            extension.function(section, 16 * each, types.func(f"p{each}", proto))
            extension.line(section, 16 * each, "int p()", 1)
        extension.function(section, 16 * count, types.func("large", proto, STATIC))
        for each in range(len(pieces)):
            extension.line(section, 16 * count + 8 * each, "x = y;", 1)
        file.types(types, extension.blob())
    return file.data()


def one_large_function_of_many_programs(size: int) -> bytes:
    return _with_shared(size, [mov(0, 0)] * (size // 2 // _INSTRUCTION) + [leave()])


def one_function_with_many_maps_of_many_programs(size: int) -> bytes:
    return _with_shared(size, [load("m" * 200)] * (size // 2 // (2 * _INSTRUCTION + _RELOCATION)) + [leave()])


def one_function_with_many_lines_of_many_programs(size: int) -> bytes:
    return _with_shared(size, [mov(0, 0)] * (size // 2 // (_INSTRUCTION + 16)) + [leave()], btf=True)


def one_hidden_function_of_many_programs(size: int) -> bytes:
    return _with_shared(size, [mov(0, 0)] * (size // 4 // (_INSTRUCTION + 16)) + [leave()], HIDDEN, btf=True)


def many_functions_of_many_programs(size: int) -> bytes:
    """Each program calls the first of a chain of small functions."""
    file = ObjectFile()
    each_size = _SYMBOL + 2 * _INSTRUCTION
    programs, links = size // 2 // (each_size + 5), size // 2 // each_size
    chain = _calls(2) * (links - 1) + code(mov(0, 0), leave())
    file.section("xdp", b"".join(_calls(2 * (programs - at)) for at in range(programs)) + chain, flags=6)
    for at in range(programs):
        file.symbol(f"p{at}", 1, at * 16, 16, 2)
    for at in range(links):
        file.symbol("f", 1, (programs + at) * 16, 16, 2, LOCAL)
    return file.data()


def many_calls_of_many_programs(size: int) -> bytes:
    """Each program calls one function that calls another one again and again."""
    return _with_shared(size, [call(value=-each - 3) for each in range(size // 2 // _INSTRUCTION)] + [leave()])


def one_licence_of_many_programs(size: int) -> bytes:
    file = ObjectFile().license(b"G" * (size // 2))
    _functions(file, size // 2 // (_SYMBOL + _INSTRUCTION + 5), "xdp", code(leave()))
    return file.data()


def one_section_name_of_many_sections(size: int) -> bytes:
    """Sections of variables, each with a typed one; no two can have one name."""
    file = ObjectFile()
    long = ".rodata." + "n" * (size // 2)
    btf = BtfFile()
    var = btf.var("v", btf.integer("char", 1))
    btf.datasec(long, 1, [(var, 0, 1)])
    file.types(btf)
    count = size // 4 // (_SECTION + _SYMBOL + 8)
    for each in range(count):
        file.sections[f"{each}"] = file.section(long, b"\1", flags=CONSTANT).sections.pop(long)
        file.symbol("v", len(file.sections), 0, 1)
    return file.function("main", leave()).data()


def one_datasec_of_many_sections(size: int) -> bytes:
    file = ObjectFile()
    btf = BtfFile()
    var = btf.var("v", btf.integer("char", 1))
    btf.datasec(".rodata", 1, [(var, 0, 1)] * (size // 2 // _MEMBER))
    file.types(btf)
    for each in range(size // 2 // (_SECTION + _SYMBOL + 8)):
        file.sections[f"{each}"] = file.section(".rodata", b"\1", flags=CONSTANT).sections.pop(".rodata")
        file.symbol("v", len(file.sections), 0, 1)
    return file.function("main", leave()).data()


def many_sections_of_variables(size: int) -> bytes:
    file = ObjectFile()
    btf = BtfFile()
    char = btf.integer("char", 1)
    count = size // (_SECTION + 2 * _SYMBOL + 3 * _MEMBER + 60)
    names = [f".rodata.{each}" for each in range(count)]
    for each, name in enumerate(names):
        btf.datasec(name, 1, [(btf.var(f"v{each}", char), 0, 1)])
        file.section(name, section_type=NOBITS, flags=CONSTANT, size=1 << 25)
        file.symbol(f"v{each}", each + 1, 0, 1)
    return file.types(btf).function("main", leave()).data()


def _with_constants(btf: BtfFile, variables: list[tuple[str, int]], length: int) -> bytes:
    """An object whose read-only variables are these, each so many bytes long."""
    file = ObjectFile()
    file.section(".rodata", section_type=NOBITS, flags=CONSTANT, size=length * len(variables))
    for each, (name, _id) in enumerate(variables):
        file.symbol(name, 1, each * length, length)
    btf.datasec(".rodata", 0, [(type_id, 0, length) for _name, type_id in variables])
    return file.types(btf).function("main", leave()).data()


def _members(size: int, kind: int, words: int) -> bytes:
    """A type of which all entries have one long name, as the type of a variable."""
    btf = BtfFile()
    long = btf.string("n" * (size // 2))
    number = btf.integer("char", 1)
    count = size // 2 // (4 * words)
    entry = [long, number, 0][:words] if words == 3 and kind != kinds.ENUM64 else [long, 0, 0][:words]
    btf.add(kind, "t", 4, entry * min(count, 65535), min(count, 65535))
    return _with_constants(btf, [("v", btf.var("v", 2))], 4)


def one_name_of_many_members(size: int) -> bytes:
    return _members(size, kinds.STRUCT, 3)


def one_name_of_many_enumerators(size: int) -> bytes:
    return _members(size, kinds.ENUM, 2)


def one_name_of_many_large_enumerators(size: int) -> bytes:
    return _members(size, kinds.ENUM64, 3)


def one_name_of_many_parameters(size: int) -> bytes:
    btf = BtfFile()
    number, long = btf.integer("int", 4), btf.string("n" * (size // 2))
    words = [long, number] * (size // 2 // 8)
    proto = btf.add(kinds.FUNC_PROTO, "", number, words, len(words) // 2)
    return _with_constants(btf, [("v", btf.var("v", btf.ptr(proto)))], 8)


def _one_name_of_many(size: int, kind: int, words: tuple[int, ...] = ()) -> bytes:
    """Types of one long name, all members of a structure that is a variable's type."""
    btf = BtfFile()
    count = size // 2 // (2 * _MEMBER + 4 * len(words))
    ids = [btf.add(kind, "n" * (size // 2), 1, words) for _each in range(count)]
    struct_id = btf.structure("s", 4, [("", type_id, 0) for type_id in ids])
    return _with_constants(btf, [("v", btf.var("v", struct_id))], 4)


def one_name_of_many_typedefs(size: int) -> bytes:
    return _one_name_of_many(size, kinds.TYPEDEF)


def one_name_of_many_sections_of_types(size: int) -> bytes:
    return _one_name_of_many(size, kinds.DATASEC)


def one_name_of_many_tags(size: int) -> bytes:
    return _one_name_of_many(size, kinds.TYPE_TAG)


def one_name_of_many_numbers(size: int) -> bytes:
    return _one_name_of_many(size, kinds.INT, (8,))


def one_name_of_many_variables(size: int) -> bytes:
    btf = BtfFile()
    type_id = btf.var("v" * (size // 2), btf.integer("char", 1))
    count = size // 2 // (_SYMBOL + _MEMBER)
    return _with_constants(btf, [("v" * (size // 2), type_id)] * count, 1)


def many_variables(size: int) -> bytes:
    btf = BtfFile()
    char = btf.integer("char", 1)
    count = size // (_SYMBOL + 16 + _MEMBER + 2 * 6)
    return _with_constants(btf, [(f"v{each}", btf.var(f"v{each}", char)) for each in range(count)], 1)


def many_variables_of_one_long_chain(size: int) -> bytes:
    """Each type is a table of a typedef of the one before, and each variable is of the last one."""
    btf = BtfFile()
    type_id = btf.integer("char", 1)
    for _step in range(size // 2 // (24 + 12)):
        type_id = btf.array(btf.typedef("t", type_id), 1)
    count = size // 2 // (_SYMBOL + 16 + _MEMBER + 2 * 6)
    return _with_constants(btf, [(f"v{each}", btf.var(f"v{each}", type_id)) for each in range(count)], 1)


def many_variables_of_a_circle(size: int) -> bytes:
    """Of which there is no size."""
    btf = BtfFile()
    last = size // 2 // _MEMBER
    for step in range(last):
        btf.typedef("t", (step + 1) % last + 1)
    count = size // 2 // (_SYMBOL + 16 + _MEMBER + 2 * 6)
    return _with_constants(btf, [(f"v{each}", btf.var(f"v{each}", 1)) for each in range(count)], 1)


def _with_maps(btf: BtfFile, declaration: int, count: int, section: str = ".maps", name: str = "m{}") -> bytes:
    file = ObjectFile().section(section, bytes(8 * count))
    for each in range(count):
        file.symbol(name.format(each), 1, 8 * each, 8)
        btf.var(name.format(each), declaration)
    return file.types(btf).function("main", leave()).data()


def one_declaration_of_many_maps(size: int) -> bytes:
    btf = BtfFile()
    members = [("type", btf.uint(2), 0)] * (size // 2 // _MEMBER)
    return _with_maps(btf, btf.structure("m", 8, members), size // 2 // (_SYMBOL + 8 + 16 + 2 * 6))


def one_name_of_many_maps(size: int) -> bytes:
    btf = BtfFile()
    declaration = btf.structure("m", 8, [("type", btf.uint(2), 0)])
    return _with_maps(btf, declaration, size // 3 // (_SYMBOL + 8 + 16), name="m" * (size // 3))


def _old_maps(size: int, count: int, name: str, data: bytes, btf: BtfFile | None = None, length: int = 20) -> bytes:
    file = ObjectFile().section("maps", data)
    for each in range(count):
        file.symbol(name.format(each), 1, 20 * each if len(data) >= 20 * count else 0, length)
    if btf:
        file.types(btf)
    return file.function("main", leave()).data()


def many_old_maps_and_types_without_names(size: int) -> bytes:
    btf = BtfFile()
    for _each in range(size // 2 // 12):
        btf.ptr(0)
    count = size // 2 // (_SYMBOL + 20 + 6)
    return _old_maps(size, count, "m{}", _HASH * count, btf)


def one_name_of_many_old_maps(size: int) -> bytes:
    count = size // 2 // (_SYMBOL + 20)
    return _old_maps(size, count, "m" * (size // 2), _HASH * count)


def many_old_maps_in_one_large_section(size: int) -> bytes:
    """Each symbol says that its map takes the whole section."""
    return _old_maps(size, size // 2 // (_SYMBOL + 6), "m{}", bytes(size // 2), None, size // 2)


def many_lines_of_one_place(size: int) -> bytes:
    btf = BtfFile()
    extension = Extension(btf).function("xdp", 0, btf.func("main", btf.proto(0)))
    for each in range(size // 16):
        extension.line("xdp", 8 * (each % 2), "x", each % 1000)
    return ObjectFile().function("main", mov(0, 0), leave()).types(btf, extension.blob()).data()


def one_text_of_many_lines(size: int) -> bytes:
    btf = BtfFile()
    extension = Extension(btf).function("xdp", 0, btf.func("main", btf.proto(0)))
    count = size // 2 // (16 + _INSTRUCTION)
    for each in range(count):
        extension.line("xdp", 8 * each, "t" * (size // 2), 1)
    return ObjectFile().function("main", *[mov(0, 0)] * count, leave()).types(btf, extension.blob()).data()


def one_type_name_that_many_functions_want(size: int) -> bytes:
    """The kernel decides of each program by a type with one long name."""
    btf = BtfFile()
    type_id = btf.structure("k" * (size // 2), 4, [])
    extension = Extension(btf)
    file = ObjectFile()
    count = size // 2 // (_SYMBOL + _INSTRUCTION + 16 + 5 + 8 + 12 + 16)
    _functions(file, count, "xdp", code(leave()))
    for each in range(count):
        function = btf.func(f"p{each}", btf.proto(0))
        extension.function("xdp", 8 * each, function).line("xdp", 8 * each, "", 1).access("xdp", 8 * each, type_id)
    return file.types(btf, extension.blob()).data()


def many_accesses_of_one_function(size: int) -> bytes:
    btf = BtfFile()
    extension = Extension(btf).function("xdp", 0, btf.func("main", btf.proto(0))).line("xdp", 0, "", 1)
    count = size // (_INSTRUCTION + 16 + 12 + 6)
    for each in range(count):
        extension.access("xdp", 8 * each, btf.structure(f"s{each}", 4, []), f"0:{each}")
    return ObjectFile().function("main", *[mov(0, 0)] * count, leave()).types(btf, extension.blob()).data()


def accesses_that_many_programs_share(size: int) -> bytes:
    btf = BtfFile()
    proto = btf.proto(0)
    extension = Extension(btf).function(".text", 0, btf.func("help", proto)).line(".text", 0, "", 1)
    type_id = btf.structure("s", 4, [])
    shared = size // 2 // (_INSTRUCTION + 16)
    for each in range(shared):
        extension.access(".text", 8 * each, type_id)
    file = ObjectFile().function("help", *[mov(0, 0)] * shared, leave(), section=".text")
    for each in range(size // 2 // (_SYMBOL + 2 * _INSTRUCTION + 16 + 5 + 8 + 12 + 16)):
        extension.function("xdp", 16 * each, btf.func(f"p{each}", proto)).line("xdp", 16 * each, "", 1)
        file.function(f"p{each}", call("help"), leave())
    return file.types(btf, extension.blob()).data()


def many_symbols_of_one_place(size: int) -> bytes:
    file = ObjectFile().section("xdp", code(leave()), flags=6)
    for each in range(size // (_SYMBOL + 6)):
        file.symbol(f"p{each}", 1, 0, 8, 2, LOCAL)
    return file.symbol("main", 1, 0, 8, 2).data()


def _code_sections(size: int, name: str) -> bytes:
    """Sections of one long name, with a function in each."""
    file = ObjectFile()
    for each in range(size // 2 // (_SECTION + _SYMBOL + _INSTRUCTION + 6)):
        file.sections[f"{each}"] = file.section(name, code(leave()), flags=6).sections.pop(name)
        file.symbol(f"p{each}", len(file.sections), 0, 8, 2)
    return file.data()


def one_path_that_many_sections_are_called(size: int) -> bytes:
    return _code_sections(size, "xdp/" + "/" * (size // 2))


def one_name_of_marks_of_many_sections(size: int) -> bytes:
    """``?`` before a section's name keeps libbpf from loading what is in it."""
    return _code_sections(size, "?" * (size // 2))


def one_name_of_many_hidden_functions(size: int) -> bytes:
    """Each gets a type of its own, as a static function's."""
    btf = BtfFile()
    file, extension, proto = ObjectFile(), Extension(btf), btf.proto(0)
    count = size // 2 // (_SYMBOL + _INSTRUCTION + 8 + 12 + 6)
    file.section("xdp", code(leave()) * count, flags=6)
    for each in range(count):
        file.symbol(f"p{each}", 1, 8 * each, 8, 2, visibility=HIDDEN)
        extension.function("xdp", 8 * each, btf.func("f" * (size // 2), proto))
    return file.types(btf, extension.blob()).data()


def many_programs(size: int) -> bytes:
    file = ObjectFile()
    _functions(file, size // (_SYMBOL + _INSTRUCTION + 6), "xdp", code(leave()))
    return file.data()


def many_empty_sections(size: int) -> bytes:
    file = ObjectFile()
    for each in range(size // (_SECTION + 6)):
        file.section(f"s{each}")
    return file.function("main", leave()).data()


def many_callbacks(size: int) -> bytes:
    """Addresses of functions, as ``bpf_loop`` takes them."""
    file = ObjectFile()
    count = size // (2 * _INSTRUCTION + _RELOCATION + 2 * _INSTRUCTION + _SYMBOL + 6)
    _functions(file, count, ".text", code(mov(0, 0), leave()), "f{}")
    return file.function("main", *[load(f"f{each}") for each in range(count)], leave()).data()


def many_initial_values_of_many_maps(size: int) -> bytes:
    """Each map has the same declaration, and one value; each value is looked for among all maps."""
    btf = BtfFile()
    inner = btf.structure("", 8, [("type", btf.uint(2), 0)])
    members = [("type", btf.uint(13), 0), ("key_size", btf.uint(4), 64), ("values", btf.array(btf.ptr(inner), 0), 128)]
    outer = btf.structure("", 16, members)
    plain = btf.structure("", 8, [("type", btf.uint(2), 0)])
    count = size // (24 + 2 * _SYMBOL + _RELOCATION + 16 + 8)
    file = ObjectFile().section(".maps", bytes(24 * count + 24))
    number = file.number(".maps")
    btf.var("plain", plain)
    file.symbol("plain", number, 24 * count, 24)
    for each in range(count):
        btf.var(f"m{each}", outer)
        file.symbol(f"m{each}", number, 24 * each, 24)
        file.relocation(".maps", 24 * each + 16, "plain", 2)
    return file.function("main", leave()).types(btf).data()


Builder = Callable[[int], bytes]

#: All of them.
WORST: list[Builder] = [
    made
    for name, made in list(globals().items())
    if callable(made) and name.startswith(("one_", "many_")) and getattr(made, "__module__", "") == __name__
]
