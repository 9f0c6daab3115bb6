# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of a BTF object that is needed, written anew."""

from __future__ import annotations

import struct
from typing import Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.write import Writer
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import (
    HEADER,
    HEADER_SIZE,
    MAGIC,
    BtfFile,
    seen,
)


def written(writer: Writer) -> Btf:
    return Btf(writer.blob())


def rich() -> tuple[BtfFile, dict[str, int]]:
    """One type of each kind that can be needed, among others that are not."""
    file = BtfFile()
    file.integer("unneeded", 2)
    u32 = file.typedef("__u32", file.u32())
    # struct node { struct node *next; union { __u32 key; enum mode mode; } };
    node = len(file.types) + 3
    next_node = file.ptr(node)
    inner = file.union("", 4, [("key", u32, 0)])
    assert file.structure("node", 16, [("next", next_node, 0), ("", inner, 64)]) == node
    proto = file.proto(u32, [("ctx", next_node), ("", u32)])
    file.structure("unneeded_too", 4, [("x", u32, 0)])
    return file, {
        "int": file.integer("signed char", 1, kinds.SIGNED),
        "ptr": next_node,
        "array": file.array(node, 3, u32),
        "struct": node,
        "bit fields": file.structure("bits", 4, [("low", u32, 3 << 24), ("high", u32, 5 << 24 | 3)], flag=True),
        "union": inner,
        "enum": file.enum("mode", {"OFF": 0, "ON": -1}, signed=True),
        "fwd": file.add(kinds.FWD, "later", flag=True),
        "typedef": u32,
        "const volatile": file.const_volatile(node),
        "restrict": file.add(kinds.RESTRICT, "", next_node),
        "func": file.func("main", proto, linkage=1),
        "func_proto": proto,
        "var": file.var("port", file.const(u32), linkage=1),
        "float": file.real("double", 8),
        "decl_tag": file.add(kinds.DECL_TAG, "here", node, [0xFFFFFFFF]),
        "type_tag": file.add(kinds.TYPE_TAG, "user", u32),
        "enum64": file.enum64("large", {"TOP": (1 << 64) - 1}),
    }


@pytest.mark.parametrize("what", rich()[1])
def test_a_type_comes_back_with_all_that_it_refers_to(what: str) -> None:
    file, ids = rich()
    original = Btf(file.blob())
    writer = Writer(original)
    new = writer.take(ids[what])
    assert seen(written(writer), new) == seen(original, ids[what])


def test_all_types_together_come_back() -> None:
    file, ids = rich()
    original = Btf(file.blob())
    writer = Writer(original)
    new = {what: writer.take(type_id) for what, type_id in ids.items()}
    btf = written(writer)
    assert {what: seen(btf, type_id) for what, type_id in new.items()} == {
        what: seen(original, type_id) for what, type_id in ids.items()
    }


def test_the_header_is_such_as_the_kernel_takes() -> None:
    file, ids = rich()
    writer = Writer(Btf(file.blob()))
    writer.take(ids["struct"])
    blob = writer.blob()
    magic, version, flags, header, type_start, type_size, string_start, string_size = struct.unpack_from(HEADER, blob)
    assert (magic, version, flags, header) == (MAGIC, 1, 0, HEADER_SIZE)
    # Without a gap, and nothing behind (btf_check_sec_info in kernel/bpf/btf.c).
    assert (type_start, string_start, len(blob)) == (0, type_size, HEADER_SIZE + type_size + string_size)
    assert blob[HEADER_SIZE + type_size] == blob[-1] == 0


def test_what_is_not_needed_is_not_written() -> None:
    file, ids = rich()
    writer = Writer(Btf(file.blob()))
    writer.take(ids["typedef"])
    btf = written(writer)
    assert [btf.name(btf_type) for btf_type in btf.types] == ["", "__u32", "unsigned int"]
    assert b"unneeded" not in writer.blob()


def test_types_are_numbered_as_they_are_asked_for_and_come_upon() -> None:
    file, ids = rich()
    writer = Writer(Btf(file.blob()))
    # The structure refers to a pointer and a union, and the union to __u32.
    assert writer.take(ids["struct"]) == 1
    assert writer.take(ids["ptr"]) == 2
    assert writer.take(ids["union"]) == 3
    # What tags it comes behind what it refers to.
    assert writer.take(ids["decl_tag"]) == 4
    assert writer.take(ids["typedef"]) == 5
    assert writer.take(ids["float"]) == 7


def test_a_type_is_written_once() -> None:
    file, ids = rich()
    writer = Writer(Btf(file.blob()))
    assert writer.take(ids["struct"]) == writer.take(ids["struct"])
    assert len(written(writer).types) == 7


def tags(btf: Btf) -> list[tuple[str, str, tuple[int, ...]]]:
    """All of them: what they say, of which type, and of which argument or member."""
    return [
        (btf.name(btf_type), btf.name(btf.type(btf_type.size_or_type)), btf_type.words)
        for btf_type in btf.types
        if btf_type.kind == kinds.DECL_TAG
    ]


@pytest.mark.parametrize("linkage", [0, 1])
def test_tags_go_with_what_they_are_of(linkage: int) -> None:
    file = BtfFile()
    others = file.add(kinds.DECL_TAG, "early", 4, [0])
    proto = file.proto(file.u32(), [("a", 0), ("b", 0)])
    function, other = (file.func(name, proto, linkage=1) for name in ("f", "g"))
    assert (others, function) == (1, 4)
    file.add(kinds.DECL_TAG, "arg:nonnull", function, [1])
    file.add(kinds.DECL_TAG, "of another", other, [0])
    writer = Writer(Btf(file.blob()))
    if linkage:
        writer.take(function)
    else:
        writer.add_function(function, kinds.STATIC)
    assert tags(written(writer)) == [("early", "f", (0,)), ("arg:nonnull", "f", (1,))]


def test_void_stays_void() -> None:
    writer = Writer(Btf(BtfFile().blob()))
    assert writer.take(0) == 0
    assert writer.blob() == b""


def test_equal_types_in_another_file_are_equal_bytes() -> None:
    def blob(unneeded: int) -> bytes:
        file = BtfFile()
        for _each in range(unneeded):
            file.integer("unneeded", 2)
        u32 = file.u32()
        type_id = file.structure("pair", 8, [("first", u32, 0), ("second", file.const(u32), 32)])
        writer = Writer(Btf(file.blob()))
        writer.take(type_id)
        return writer.blob()

    assert blob(0) == blob(5)


def test_a_name_is_written_once() -> None:
    file = BtfFile()
    file.structure("pair", 8, [("pair", file.u32(), 0)])
    file.typedef("pair", 2)
    writer = Writer(Btf(file.blob()))
    writer.take(3)
    assert writer.blob().count(b"pair\0") == 1


def test_strings_of_one_s_own_are_kept() -> None:
    writer = Writer(Btf(BtfFile().blob()))
    places = {text: writer.string(text) for text in ("", "prog.c", "int main()", "prog.c", "straße")}
    assert places[""] == 0
    # What has no types is nothing.
    assert writer.blob() == b""
    writer.add_section(".data", 4, [])
    btf = written(writer)
    for text, place in places.items():
        assert btf.string(place) == text


def test_a_string_may_be_larger_than_any_name() -> None:
    writer = Writer(Btf(BtfFile().blob()))
    with pytest.raises(Malformed, match=r"^its strings take more than 16 MiB$"):
        writer.string("x" * kinds.LARGEST)


def test_a_section_gets_places_and_sizes() -> None:
    file = BtfFile()
    u32 = file.u32()
    one, other = file.var("one", u32), file.var("other", file.array(u32, 2))
    original = Btf(file.blob())
    writer = Writer(original)
    type_id = writer.add_section(".rodata.x", 16, [(writer.take(one), 4, 4), (writer.take(other), 8, 8)])
    assert seen(written(writer), type_id) == (
        "datasec",
        ".rodata.x",
        16,
        [(seen(original, one), 4, 4), (seen(original, other), 8, 8)],
    )


def test_a_function_of_another_linkage() -> None:
    file = BtfFile()
    proto = file.proto(file.u32(), [("ctx", file.ptr(0))])
    type_id = file.func("hidden", proto, linkage=1)
    original = Btf(file.blob())
    writer = Writer(original)
    btf_id = writer.add_function(type_id, kinds.STATIC)
    same = writer.take(type_id)
    btf = written(writer)
    assert (btf.type(btf_id).vlen, btf.type(same).vlen) == (0, 1)
    assert btf.name(btf.type(btf_id)) == "hidden"
    assert seen(btf, btf.type(btf_id).size_or_type) == seen(original, proto)


@pytest.mark.parametrize(
    ("kind", "name", "kept"),
    [
        # Rust and others have names that the kernel does not take.
        (kinds.STRUCT, "HashMap<u32, u64>", "HashMap_u32__u64_"),
        (kinds.UNION, "a::b", "a__b"),
        (kinds.ENUM, "Option<u8>", "Option_u8_"),
        (kinds.ENUM64, "a b", "a_b"),
        (kinds.TYPEDEF, "größe", "gr__e"),
        (kinds.FUNC, "_ZN3foo.17h", "_ZN3foo_17h"),
        (kinds.VAR, "count.calls", "count_calls"),
        (kinds.FWD, "later.x", "later_x"),
        (kinds.STRUCT, "plain_1", "plain_1"),
        # Of these the kernel takes any name.
        (kinds.INT, "unsigned int", "unsigned int"),
        (kinds.FLOAT, "long double", "long double"),
        (kinds.TYPE_TAG, "a b", "a b"),
        (kinds.DECL_TAG, "exception_callback:x", "exception_callback:x"),
        # Of these it takes none.
        (kinds.PTR, "*const u8", ""),
        (kinds.CONST, "x", ""),
        (kinds.VOLATILE, "x", ""),
        (kinds.RESTRICT, "x", ""),
        (kinds.ARRAY, "[u8; 4]", ""),
        (kinds.FUNC_PROTO, "fn", ""),
    ],
)
def test_names_are_such_as_the_kernel_takes(kind: int, name: str, kept: str) -> None:
    words = {kinds.INT: [8], kinds.VAR: [0], kinds.ARRAY: [0, 0, 1], kinds.DECL_TAG: [0xFFFFFFFF]}
    file = BtfFile()
    file.add(kind, name, 0, words.get(kind, []))
    writer = Writer(Btf(file.blob()))
    writer.take(1)
    btf = written(writer)
    assert btf.name(btf.type(1)) == kept


def members(file: BtfFile, name: str) -> int:
    return file.structure("s", 4, [(name, 0, 0)])


def enumerators(file: BtfFile, name: str) -> int:
    return file.enum("e", {name: 1})


def long_enumerators(file: BtfFile, name: str) -> int:
    return file.enum64("e", {name: 1})


def parameters(file: BtfFile, name: str) -> int:
    return file.proto(0, [(name, 0)])


@pytest.mark.parametrize("make", [members, enumerators, long_enumerators, parameters])
@pytest.mark.parametrize(("name", "kept"), [("a.b-c", "a_b_c"), ("", ""), ("__0", "__0")])
def test_names_of_entries_are_such_as_the_kernel_takes(
    make: Callable[[BtfFile, str], int], name: str, kept: str
) -> None:
    file = BtfFile()
    type_id = make(file, name)
    writer = Writer(Btf(file.blob()))
    new = writer.take(type_id)
    btf = written(writer)
    assert btf.string(btf.type(new).entries()[0][0]) == kept


@pytest.mark.parametrize(("name", "kept"), [(".rodata.str1.1", ".rodata.str1.1"), (".data.a-b", ".data.a_b")])
def test_the_name_of_a_section_may_have_dots(name: str, kept: str) -> None:
    writer = Writer(Btf(BtfFile().blob()))
    type_id = writer.add_section(name, 4, [])
    btf = written(writer)
    assert btf.name(btf.type(type_id)) == kept


@pytest.mark.parametrize("type_id", [4, 1 << 31])
def test_a_type_that_is_not_there_is_malformed(type_id: int) -> None:
    file = BtfFile()
    file.ptr(type_id)
    file.structure("s", 4, [("member", type_id, 0)])
    file.array(0, 4, type_id)
    btf = Btf(file.blob())
    for each in (1, 2, 3, type_id):
        with pytest.raises(Malformed, match=rf"^there is no type {type_id}$"):
            Writer(btf).take(each)


def test_what_was_read_of_what_was_written_is_written_again_as_it_is() -> None:
    file, ids = rich()
    writer = Writer(Btf(file.blob()))
    for type_id in ids.values():
        writer.take(type_id)
    first = written(writer)
    again = Writer(first)
    new = [again.take(type_id) for type_id in range(1, len(first.types))]
    btf = written(again)
    assert [seen(btf, type_id) for type_id in new] == [seen(first, type_id) for type_id in range(1, len(first.types))]
    assert len(btf.types) == len(first.types)
