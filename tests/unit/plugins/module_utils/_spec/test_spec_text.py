# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Specs as text, which is the same wherever it is written."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    MOST_INSTRUCTIONS,
    LeftOut,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import BARE, EXTENDED, SPEC


def travelled(spec: ObjectSpec) -> ObjectSpec:
    return spec_text.from_json(json.loads(json.dumps(spec_text.to_json(spec))))


@pytest.mark.parametrize("spec", [SPEC, BARE, EXTENDED])
def test_comes_back_equal(spec: ObjectSpec) -> None:
    assert travelled(spec) == spec
    assert spec_text.from_text("x.json", spec_text.to_text(spec).encode()) == spec


@pytest.mark.parametrize("spec", [SPEC, BARE, EXTENDED])
def test_is_the_same_text_each_time(spec: ObjectSpec) -> None:
    assert spec_text.to_text(travelled(spec)) == spec_text.to_text(spec)


@pytest.mark.skipif(sys.byteorder != "little", reason="the text says the byte order")
def test_the_text_is_fixed() -> None:
    # Specs are made on one host and used on another, of another version perhaps, and digests of them are kept.
    assert spec_text.to_text(SPEC) == (
        '{"btf":"n+sBAP8=",'
        '"byte_order":"little",'
        '"format":"ebpf.xdp object 1",'
        '"left_out":[{"name":"ingress.x","why":"it is in section tc \\u00df"}],'
        '"maps":['
        '{"btf_key_type_id":0,"btf_value_type_id":0,"extra":0,"flags":1,"key_size":2,"max_entries":1024,'
        '"name":"ports","numa_node":0,"type":"hash","value_size":1,"variables":null},'
        '{"btf_key_type_id":0,"btf_value_type_id":5,"extra":0,"flags":1152,"key_size":4,"max_entries":1,'
        '"name":"rodata","numa_node":0,"type":"array","value_size":16,"variables":"Bw=="},'
        '{"btf_key_type_id":7,"btf_value_type_id":11,"extra":18446744073709551615,"flags":0,"key_size":4,'
        '"max_entries":5,"name":"stats","numa_node":3,"type":"percpu_array","value_size":16,"variables":null}],'
        '"programs":['
        '{"flags":0,"func_info":"","instructions":"lQAAAAAAAAA=","license":"Dual BSD/GPL","line_info":"",'
        '"name":"drop","references":[]},'
        '{"flags":32,"func_info":"AAAAAAMAAAA=","instructions":"GBEAAAAAAAAAAAAAAAAAABghAAAAAAAAAAAAAAgAAACVAAAAAAAAAA==",'
        '"license":"GPL","line_info":"AAAAAAEAAAACAAAAAwAAAA==","name":"pass",'
        '"references":[[0,"stats"],[2,"rodata"]]}],'
        '"source":"5e1f",'
        '"variables":[{"btf_type_id":2,"map":"rodata","name":"port","offset":0,"size":4},'
        '{"btf_type_id":0,"map":"rodata","name":"count.limit","offset":8,"size":8}]}\n'
    )


@pytest.mark.skipif(sys.byteorder != "little", reason="the text says the byte order")
def test_the_digest_is_fixed() -> None:
    # Of what versions without the second format have made, kept and put on record: a change would load it anew.
    assert spec_text.digest(SPEC) == "2426f437b329a7b5cd1695c65068d04e366c9a071d882ee8e31be3f470f1c6c0"
    assert spec_text.digest(BARE) == "13397244cfb16ebf18d31240f9a2718287f62730e0cb3a721db8c65a0282c43e"
    # And one with every field of the second format.
    assert spec_text.digest(EXTENDED) == "312ddcb433bac2fb59ee8d5058574445be75639f0b37cb14e54a265d98670570"


def test_what_needs_the_second_format_says_so_and_nothing_else_does() -> None:
    assert spec_text.to_json(EXTENDED)["format"] == "ebpf.xdp object 2"
    assert spec_text.to_json(SPEC)["format"] == spec_text.to_json(BARE)["format"] == "ebpf.xdp object 1"


def _later_fields() -> list[Any]:
    """Each field of the second format, alone in a spec of the first."""
    found: list[Any] = []
    for kind, plain, things in (
        ("programs", BARE.programs[0], EXTENDED.programs),
        ("maps", SPEC.maps[0], EXTENDED.maps),
    ):
        for thing in things:
            for field, value in thing._asdict().items():
                if field in thing._field_defaults and value != thing._field_defaults[field]:
                    found.append((kind, plain, field, value))
    return found


_FIRST_FORMAT = frozenset(
    ("flags", "func_info", "line_info", "btf_key_type_id", "btf_value_type_id", "extra", "numa_node", "variables")
)


@pytest.mark.parametrize(("kind", "plain", "field", "value"), _later_fields(), ids=lambda value: str(value)[:20])
def test_each_later_field_makes_it_the_second_format(kind: str, plain: Any, field: str, value: Any) -> None:
    data = spec_text.to_json(BARE._replace(**{kind: (plain._replace(**{field: value}),)}))
    assert data["format"] == ("ebpf.xdp object 1" if field in _FIRST_FORMAT else "ebpf.xdp object 2")
    assert (field in data[kind][0]) is True


def test_the_text_is_one_line_of_ascii() -> None:
    text = spec_text.to_text(SPEC)
    assert text.isascii()
    assert text.endswith("}\n")
    assert text.count("\n") == 1


def test_the_digest_is_what_sha256sum_says_of_the_file() -> None:
    expected = hashlib.sha256(spec_text.to_text(SPEC).encode()).hexdigest()
    assert spec_text.digest(SPEC) == expected
    assert len(expected) == 64


def test_plain_data_is_what_the_text_says_and_the_digest() -> None:
    data = spec_text.to_json(SPEC)
    assert data.pop("digest") == spec_text.digest(SPEC)
    assert json.loads(spec_text.to_text(SPEC)) == data


CHANGES: list[ObjectSpec] = [
    SPEC._replace(source="5e20"),
    SPEC._replace(btf=b""),
    SPEC._replace(left_out=()),
    SPEC._replace(variables=SPEC.variables[:1]),
    SPEC._replace(maps=SPEC.maps[::-1]),
    SPEC._replace(programs=SPEC.programs[:1]),
    SPEC._replace(maps=(SPEC.maps[0]._replace(variables=b""), *SPEC.maps[1:])),
    SPEC._replace(maps=(SPEC.maps[0], SPEC.maps[1]._replace(variables=b"\x08"), SPEC.maps[2])),
    SPEC._replace(programs=(SPEC.programs[0]._replace(license="GPL"), SPEC.programs[1])),
    SPEC._replace(programs=(SPEC.programs[0], SPEC.programs[1]._replace(flags=0))),
    SPEC._replace(programs=(SPEC.programs[0], SPEC.programs[1]._replace(line_info=b""))),
]


def test_every_change_has_another_digest() -> None:
    assert len({spec_text.digest(spec) for spec in (SPEC, *CHANGES)}) == len(CHANGES) + 1


@pytest.mark.parametrize("spec", CHANGES)
def test_an_object_that_was_changed_after_it_was_made_is_refused(spec: ObjectSpec) -> None:
    data = {**spec_text.to_json(spec), "digest": spec_text.digest(SPEC)}
    with pytest.raises(XdpError) as caught:
        spec_text.from_json(data)
    assert str(caught.value) == (
        "The object spec was changed after it was made: "
        f"its digest is {spec_text.digest(spec)}, and it says {spec_text.digest(SPEC)}"
    )


@pytest.mark.parametrize("digest", ["", "0" * 64, spec_text.digest(SPEC).upper(), 0, False, [], {}])
def test_a_digest_that_is_another_is_refused(digest: Any) -> None:
    with pytest.raises(XdpError, match=r"^The object spec was changed after it was made: "):
        spec_text.from_json({**spec_text.to_json(SPEC), "digest": digest})


def test_an_object_may_say_no_digest() -> None:
    data = spec_text.to_json(SPEC)
    del data["digest"]
    assert spec_text.from_json(data) == SPEC
    assert spec_text.from_json({**data, "digest": None}) == SPEC


def test_the_order_of_the_keys_makes_no_difference() -> None:
    def turned(data: Any) -> Any:
        if isinstance(data, dict):
            return {key: turned(value) for key, value in reversed(list(data.items()))}
        return [turned(value) for value in data] if isinstance(data, list) else data

    assert spec_text.from_json(turned(spec_text.to_json(SPEC))) == SPEC


def test_a_text_may_be_written_in_another_way() -> None:
    # With the digest in it, as a task's result is saved.
    text = json.dumps(spec_text.to_json(SPEC), indent=4)
    assert spec_text.from_text("x.json", text.encode()) == SPEC


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (b"{", True),
        (b' \n\t{"format"', True),
        (b" " * 255 + b"{", True),
        (spec_text.to_text(SPEC).encode(), True),
        (b"", False),
        (b"[]", False),
        (b"\x7fELF{", False),
        (b"#include <linux/bpf.h>\n{", False),
        (b"// {", False),
        (b" " * 256 + b"{", False),
    ],
)
def test_what_looks_like_a_spec(text: bytes, is_one: bool) -> None:
    assert spec_text.looks_like_spec(text) == is_one


def test_a_map_that_is_no_variables_is_told_from_one_that_is_all_zero() -> None:
    def spec(variables: bytes | None) -> ObjectSpec:
        return BARE._replace(maps=(MapSpec("data", "array", 4, 4, 1, 0, variables=variables),))

    assert travelled(spec(None)) == spec(None)
    assert travelled(spec(b"")) == spec(b"")
    assert spec_text.digest(spec(None)) != spec_text.digest(spec(b""))


def test_texts_for_people_may_be_any() -> None:
    spec = BARE._replace(
        left_out=(LeftOut("a", "b", candidate=True), LeftOut("\ufffd \u2028", "\0\n"), LeftOut("", ""), LeftOut("", ""))
    )
    assert travelled(spec) == spec


def test_the_most_instructions_are_taken() -> None:
    code = b"\x95" + bytes(7)
    spec = BARE._replace(programs=(ProgramSpec("f", code * MOST_INSTRUCTIONS, (), "GPL"),))
    assert spec_text.from_json(spec_text.to_json(spec)) == spec


def test_values_of_subclasses_are_taken() -> None:
    # Ansible hands over numbers, texts and lists of classes of its own, which know where they came from.
    class Number(int):
        pass

    class Text(str):
        __slots__ = ()

    class Items(list):
        pass

    def subclassed(value: Any) -> Any:
        if isinstance(value, dict):
            return {Text(key): subclassed(item) for key, item in value.items()}
        if isinstance(value, list):
            return Items(subclassed(item) for item in value)
        if isinstance(value, str):
            return Text(value)
        return value if value is None or isinstance(value, bool) else Number(value)

    assert spec_text.from_json(subclassed(spec_text.to_json(SPEC))) == SPEC


def test_a_map_that_was_left_out_makes_it_the_second_format() -> None:
    # Versions that know no such entry would find another digest than the one that it claims.
    left = LeftOut("stats", "this map cannot be made", is_map=True)
    assert spec_text.to_json(BARE._replace(left_out=(left,)))["format"] == "ebpf.xdp object 2"
    assert spec_text.to_json(BARE._replace(left_out=(left._replace(is_map=False),)))["format"] == "ebpf.xdp object 1"
