# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several specs linked into one."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.functions import functions
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import choose
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_XDP_HAS_FRAGS,
    INSTRUCTION_SIZE,
    KernelReference,
    LeftOut,
    ObjectSpec,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile, seen
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._chain.some_members import (
    of_compiler,
    simple,
    with_tails,
)


def again(spec: ObjectSpec) -> ObjectSpec:
    """After the way through its text form."""
    return spec_text.from_json(spec_text.to_json(spec))


def two() -> ObjectSpec:
    return link([Member("one", of_compiler(), "first"), Member("two", simple("table"))])


def other_types() -> ObjectSpec:
    """Types that are none of the others'."""
    file = BtfFile()
    file.structure("other", 8, [("it", file.integer("other_u64", 8), 0)])
    return simple("other")._replace(btf=file.blob())


def behind() -> ObjectSpec:
    """Where all that is counted from a start begins elsewhere than in the member's own object."""
    return link([Member("zero", other_types()), Member("one", of_compiler(), "first")])


def test_it_is_an_object_like_any_other() -> None:
    spec = two()
    assert again(spec) == spec
    assert choose(spec, None) == "chain"


def test_names_have_the_member_s_before_them() -> None:
    spec = two()
    assert [program.name for program in spec.programs] == ["chain"]
    assert [map_spec.name for map_spec in spec.maps] == [
        "one:bss",
        "one:data",
        "one:rodata",
        "one:stats",
        "two:table",
        "chain:xdp_counters",
        "chain:members",
        "chain:rodata",
    ]
    assert [(variable.name, variable.map) for variable in spec.variables] == [
        ("one:port", "one:rodata"),
        ("one:tag", "one:rodata"),
    ]


def test_names_do_not_depend_on_other_members() -> None:
    alone = link([Member("two", simple("table"))])
    assert {map_spec.name for map_spec in alone.maps} <= {map_spec.name for map_spec in two().maps}


def test_instructions_of_members_are_unchanged() -> None:
    spec = two()
    code = spec.programs[0].instructions
    for member, own in zip(spec.members, (of_compiler().programs[0], simple("table").programs[0])):
        start = member.start * INSTRUCTION_SIZE
        assert code[start : start + len(own.instructions)] == own.instructions
        references = [each for each in spec.programs[0].references if each.map.startswith(f"{member.name}:")]
        assert references == [(member.start + each.instruction, f"{member.name}:{each.map}") for each in own.references]


def test_each_member_is_called() -> None:
    spec = two()
    found = functions(spec.programs[0].instructions)
    assert found[0].calls == tuple(member.start for member in spec.members)


def test_all_functions_have_types_and_lines() -> None:
    spec = two()
    program, btf = spec.programs[0], Btf(spec.btf)
    info = list(struct.iter_unpack("=2I", program.func_info))
    assert [place for place, _type in info] == [each.start for each in functions(program.instructions)]
    names = [btf.name(btf.type(type_id)) for _place, type_id in info]
    assert names[0] == "chain" and names[1] == "one" and names[-1] == "two"
    assert len(names) > 3
    lines = [place for place, *_rest in struct.iter_unpack("=4I", program.line_info)]
    assert lines == sorted(set(lines)) and {place for place, _type in info} <= set(lines)


def test_members_are_global_functions_of_the_context() -> None:
    spec = two()
    btf = Btf(spec.btf)
    starts = {member.start for member in spec.members}
    entries = [type_id for place, type_id in struct.iter_unpack("=2I", spec.programs[0].func_info) if place in starts]
    for type_id in entries:
        assert btf.type(type_id).vlen == kinds.GLOBAL
        assert seen(btf, btf.type(type_id).size_or_type)[3][0][1] == (
            "ptr",
            "",
            0,
            (),
            ("struct", "xdp_md", False, 0, []),
        )


def test_maps_keep_their_types() -> None:
    spec = behind()
    own, merged = of_compiler(), Btf(spec.btf)
    for map_spec in own.maps:
        other = next(each for each in spec.maps if each.name == f"one:{map_spec.name}")
        for type_id, number in (
            (map_spec.btf_key_type_id, other.btf_key_type_id),
            (map_spec.btf_value_type_id, other.btf_value_type_id),
        ):
            assert seen(merged, number) == seen(Btf(own.btf), type_id)


def test_variables_keep_their_types() -> None:
    spec = behind()
    own, merged = of_compiler(), Btf(spec.btf)
    for variable in own.variables:
        other = next(each for each in spec.variables if each.name == f"one:{variable.name}")
        assert seen(merged, other.btf_type_id) == seen(Btf(own.btf), variable.btf_type_id)
        assert (other.offset, other.size, other.map) == (variable.offset, variable.size, f"one:{variable.map}")


def test_lines_keep_their_texts() -> None:
    spec, own = behind(), of_compiler()
    start = spec.members[1].start
    lines = [each for each in struct.iter_unpack("=4I", spec.programs[0].line_info) if each[0] >= start]
    texts = [(place - start, Btf(spec.btf).string(text), position) for place, _file, text, position in lines]
    assert texts == [
        (place, Btf(own.btf).string(text), position)
        for place, _file, text, position in struct.iter_unpack("=4I", own.programs[0].line_info)
    ]


def test_records_of_core_move_with_the_instructions() -> None:
    own = of_compiler()
    type_id = own.maps[-1].btf_value_type_id
    access = own.btf.index(b"packets\0") - own.btf.index(b"\0first\0") + Btf(own.btf).strings.index(b"\0first\0")
    record = struct.pack("=4I", 8, type_id, access, 0)
    relocated = own._replace(programs=(own.programs[0]._replace(core_relocations=record),))
    spec = link([Member("zero", other_types()), Member("one", relocated)])
    start = spec.members[1].start
    ((place, linked_id, text, kind),) = struct.iter_unpack("=4I", spec.programs[0].core_relocations)
    assert (place, kind) == (8 * start + 8, 0)
    assert seen(Btf(spec.btf), linked_id) == seen(Btf(own.btf), type_id)
    assert Btf(spec.btf).string(text) == "packets"


def test_functions_of_the_kernel_move_with_the_instructions() -> None:
    calling = simple("map", kernel=(KernelReference(0, "bpf_xdp_metadata_rx_hash", "function", True),))
    spec = link([Member("zero", of_compiler(), "first"), Member("one", calling)])
    assert spec.programs[0].kernel_references == (
        KernelReference(spec.members[1].start + 2, "bpf_xdp_metadata_rx_hash", "function", True),
    )


def test_constants_are_set_by_the_member_s_name() -> None:
    spec = set_constants(two(), {"one": {"port": 4711}})
    found = next(map_spec for map_spec in spec.maps if map_spec.name == "one:rodata").variables
    assert found is not None and found.startswith(struct.pack("=I", 4711))


def test_frags_only_if_all_members_have_them() -> None:
    members = [Member("one", simple(flags=F_XDP_HAS_FRAGS)), Member("two", simple())]
    assert link(members).programs[0].flags == 0
    assert link(members[:1]).programs[0].flags == F_XDP_HAS_FRAGS


def test_constants_are_folded_if_a_member_wants_it() -> None:
    wanting = simple()
    wanting = wanting._replace(programs=(wanting.programs[0]._replace(fold_constants=True),))
    assert not link([Member("one", simple())]).programs[0].fold_constants
    assert link([Member("one", simple()), Member("two", wanting)]).programs[0].fold_constants


def test_only_a_program_for_fragments_asks_for_the_length_of_packets() -> None:
    # The call takes time, and there is none before Linux 5.18.
    asking = struct.pack("=BBhi", 0x85, 0, 0, 188)
    members = [Member("one", simple(flags=F_XDP_HAS_FRAGS)), Member("two", simple())]
    assert asking not in link(members).programs[0].instructions
    assert asking not in link(members[:1], count=False).programs[0].instructions
    assert asking in link(members[:1]).programs[0].instructions


def test_the_object_s_own_wish_decides_where_nobody_else_does() -> None:
    wishing = simple(proceed_on=("drop", "pass"))
    spec = link([Member("one", wishing), Member("two", wishing, None, ("tx",)), Member("three", simple())])
    assert [member.proceed_on for member in spec.members] == [("drop", "pass"), ("tx",), ("pass",)]


def test_counting_can_be_left_out() -> None:
    spec = link([Member(f"m{number}", simple()) for number in range(16)], count=False)
    assert spec.maps == () and {member.counter for member in spec.members} == {0}
    assert again(spec) == spec


def test_programs_beside_it_follow_its_flag_for_frags() -> None:
    tails = with_tails()
    tails = tails._replace(programs=tuple(each._replace(flags=F_XDP_HAS_FRAGS) for each in tails.programs))
    spec = link([Member("one", tails, "main"), Member("two", simple())])
    assert {program.flags for program in spec.programs} == {0}
    spec = link([Member("one", tails, "main")])
    assert {program.flags for program in spec.programs} == {F_XDP_HAS_FRAGS}


def test_what_was_left_out_is_never_meant() -> None:
    spec = simple()._replace(left_out=(LeftOut("lost", "it is odd", True), LeftOut("map", "it is large", False, True)))
    linked = link([Member("one", spec, "main")])
    assert linked.left_out == (LeftOut("one:map", "it is large", False, True),)
    assert choose(linked, None) == "chain"


def test_the_same_members_are_the_same_object() -> None:
    assert spec_text.to_text(two()) == spec_text.to_text(two())


def test_damaged_types_are_refused() -> None:
    with pytest.raises(XdpError, match=r"BTF\) of the members cannot be put together: it does not begin"):
        link([Member("one", simple()), Member("two", simple()._replace(btf=bytes(40)))])


def test_programs_that_a_member_leads_to() -> None:
    spec = link([Member("one", with_tails(), "main"), Member("two", with_tails(), "main")])
    assert [program.name for program in spec.programs] == ["chain", "one:tail", "two:tail"]
    arrays = {
        map_spec.name: [tuple(value) for value in map_spec.values]
        for map_spec in spec.maps
        if map_spec.type == "prog_array"
    }
    assert arrays == {"one:jumps": [(1, "one:tail")], "two:jumps": [(1, "two:tail")]}
    assert choose(spec, None) == "chain"
    assert team_of(spec, "chain").helpers == ("one:tail", "two:tail")
    assert again(spec) == spec


def test_it_says_what_it_is_made_of() -> None:
    frags = simple("table", flags=F_XDP_HAS_FRAGS)
    spec = link([Member("one", of_compiler(), "second", ("redirect", "pass")), Member("two", frags)])
    assert [member[:4] for member in spec.members] == [
        ("one", "second", ("pass", "redirect"), spec_text.digest(of_compiler())),
        ("two", "main", ("pass",), spec_text.digest(frags)),
    ]
    assert [member.frags for member in spec.members] == [bool(of_compiler().programs[1].flags & F_XDP_HAS_FRAGS), True]


def test_what_tells_sources_apart() -> None:
    one, two = Member("one", simple(source="5e")), Member("two", simple(source="5f"))
    sources = [
        link(members).source
        for members in (
            [one, two],
            [two, one],
            [one],
            [one._replace(name="three"), two],
            [one._replace(program="main"), two],
            [one._replace(proceed_on=("pass",)), two],
            [one._replace(spec=simple(source="60")), two],
        )
    ]
    sources.append(link([one, two], count=False).source)
    assert len(set(sources)) == len(sources)
    assert link([one, two]).source == sources[0]


def test_only_one_can_tell_others_the_numbers_of_its_types() -> None:
    record = struct.pack("=4I", 0, 1, 0, 6)
    own = of_compiler()
    telling = own._replace(programs=(own.programs[0]._replace(core_relocations=record),))
    spec = link([Member("zero", other_types()), Member("one", telling)])
    ((_place, type_id, _text, _kind),) = struct.iter_unpack("=4I", spec.programs[0].core_relocations)
    assert type_id == 1
    with pytest.raises(XdpError, match="members one and two both use numbers"):
        link([Member("one", telling), Member("two", telling)])


@pytest.mark.parametrize("values", [{"port": 1}, {"three": {"port": 1}}, {"one": 1}])
def test_constants_of_no_member(values: dict[str, object]) -> None:
    with pytest.raises(XdpError, match="Give a dictionary for each of its members: one, two"):
        set_constants(two(), values)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("start", 0, "not where they are said"),
        ("start", 1 << 20, "not where they are said"),
        ("counter", 1 << 20, "what counts its members"),
    ],
)
def test_members_that_are_elsewhere(field: str, value: int, words: str) -> None:
    spec = two()
    moved = (spec.members[0], spec.members[1]._replace(**{field: value}))
    with pytest.raises(XdpError, match=words):
        again(spec._replace(members=moved))
