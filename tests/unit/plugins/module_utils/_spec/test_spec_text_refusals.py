# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is no object spec is refused: it may come from anywhere."""

from __future__ import annotations

import base64
import copy
import json
import random
import sys
from typing import Any, Iterator

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MOST_INSTRUCTIONS, MOST_VARIABLES, ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import SPEC

DATA = spec_text.to_json(SPEC)
del DATA["digest"]


def changed(path: str, value: Any) -> dict[str, Any]:
    """The data of a good spec with one thing in it put in another's place."""
    data = copy.deepcopy(DATA)
    at: Any = data
    *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in above:
        at = at[key]
    at[last] = value
    return data


def refusal(data: Any) -> str:
    with pytest.raises(XdpError) as caught:
        spec_text.from_json(data)
    text = str(caught.value)
    assert text.startswith("Not an object spec: ")
    assert text.endswith(". Give what xdp_compile returned as object")
    return text[len("Not an object spec: ") : -len(". Give what xdp_compile returned as object")]


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_the_data_that_the_others_are_made_from_is_good() -> None:
    assert spec_text.from_json(DATA) == SPEC


@pytest.mark.parametrize("data", [None, True, 0, 1.5, "", "{}", [], [DATA], b"{}"])
def test_what_is_no_dictionary(data: Any) -> None:
    assert refusal(data) == "it is not a dictionary"


@pytest.mark.parametrize("path", ["maps", "programs", "variables", "left_out"])
@pytest.mark.parametrize("value", [None, 0, "x", [], ["x"]])
def test_an_entry_that_is_no_dictionary(path: str, value: Any) -> None:
    assert refusal(changed(f"{path}.0", value)) == f"{path}[0] is not a dictionary"


@pytest.mark.parametrize("path", ["maps", "programs", "variables", "left_out", "programs.1.references"])
@pytest.mark.parametrize("value", [None, 0, "x", {}, {"0": {}}])
def test_what_is_no_list(path: str, value: Any) -> None:
    where = path.replace(".1.", "[1].")
    # The references say the program's name, as all that is said of its instructions.
    assert refusal(changed(path, value)) == f"{where} is not a list"


@pytest.mark.parametrize("format_name", ["", "ebpf.xdp object 0", "ebpf.xdp object 3", "1"])
def test_another_format(format_name: str) -> None:
    assert refusal(changed("format", format_name)) == (
        f"format is {format_name!r}, and this version knows 'ebpf.xdp object 1' and 'ebpf.xdp object 2'"
    )


@pytest.mark.parametrize("order", ["big" if sys.byteorder == "little" else "little", "", "middle"])
def test_another_byte_order(order: str) -> None:
    assert refusal(changed("byte_order", order)) == f"it is for a machine with {order}-endian byte order"


def fields(data: Any, path: str = "") -> Iterator[str]:
    """Every key in the data, with those above it."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        where = f"{path}.{key}" if path else str(key)
        if isinstance(data, dict):
            yield where
        if isinstance(value, (dict, list)):
            yield from fields(value, where)


@pytest.mark.parametrize("path", list(fields(DATA)))
def test_nothing_may_be_missing(path: str) -> None:
    data = copy.deepcopy(DATA)
    at: Any = data
    *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in above:
        at = at[key]
    del at[last]
    assert refusal(data).endswith(f"{last} is missing")


@pytest.mark.parametrize(
    "path",
    [
        "format",
        "byte_order",
        "source",
        "btf",
        "programs.0.name",
        "programs.0.license",
        "programs.0.instructions",
        "programs.0.func_info",
        "programs.0.line_info",
        "maps.0.name",
        "maps.0.type",
        "variables.0.name",
        "variables.0.map",
        "left_out.0.name",
        "left_out.0.why",
    ],
)
@pytest.mark.parametrize("value", [None, 0, 1.5, True, [], {}, ["x"]])
def test_what_is_no_text(path: str, value: Any) -> None:
    assert refusal(changed(path, value)).endswith(f"{path.rpartition('.')[2]} is not a text")


@pytest.mark.parametrize(
    "path",
    [
        "programs.0.flags",
        *(f"maps.0.{name}" for name in ("key_size", "value_size", "max_entries", "flags", "numa_node")),
        *(f"maps.0.btf_{name}_type_id" for name in ("key", "value")),
        *(f"variables.0.{name}" for name in ("offset", "size", "btf_type_id")),
    ],
)
@pytest.mark.parametrize("value", [None, "0", "", 0.0, 1.5, float("nan"), True, False, -1, 1 << 32, 1 << 99, [], {}])
def test_what_is_no_number_of_32_bits(path: str, value: Any) -> None:
    assert refusal(changed(path, value)).endswith(f"{path.rpartition('.')[2]} is not a number below 4294967296")


@pytest.mark.parametrize("value", [None, "0", 1.5, True, -1, 1 << 64])
def test_what_is_no_number_of_64_bits(value: Any) -> None:
    assert refusal(changed("maps.0.extra", value)) == "maps[0].extra is not a number below 18446744073709551616"


@pytest.mark.parametrize("path", ["btf", "programs.1.instructions", "programs.1.func_info", "maps.1.variables"])
@pytest.mark.parametrize("value", ["*", "AA=", "A", "AAAA=A==", "AAAA\n", " AAAA", "AA-_", "größe", "\ud800", "AAA\0"])
def test_what_is_no_base64(path: str, value: str) -> None:
    assert refusal(changed(path, value)).endswith(f"{path.rpartition('.')[2]} is not base64")


@pytest.mark.parametrize(
    ("path", "unit"), [("programs.1.instructions", 8), ("programs.1.func_info", 8), ("programs.1.line_info", 16)]
)
@pytest.mark.parametrize("odd", [1, 7, -1])
def test_parts_of_records(path: str, unit: int, odd: int) -> None:
    name = path.rpartition(".")[2]
    assert refusal(changed(path, encoded(bytes(unit + odd)))) == f"programs[1].{name} is not a multiple of {unit} bytes"


@pytest.mark.parametrize("path", ["programs.0.name", "maps.0.name", "variables.0.map"])
@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../maps", "a.b", "x" * 201, "a~", "\0", "ä"])
def test_a_name_that_cannot_be_a_pin(path: str, name: str) -> None:
    assert refusal(changed(path, name)).endswith(f" is {short(name)!r}, which cannot be a name in the BPF file system")


@pytest.mark.parametrize(
    ("path", "name", "why"),
    [
        ("programs.0.name", "pass", "there are several programs called pass"),
        ("maps.0.name", "stats", "there are several maps called stats"),
        ("variables.0.name", "count.limit", "there are several variables called count.limit"),
    ],
)
def test_two_of_one_name(path: str, name: str, why: str) -> None:
    assert refusal(changed(path, name)) == why


@pytest.mark.parametrize("count", [0, MOST_INSTRUCTIONS + 1])
def test_a_program_that_is_no_program(count: int) -> None:
    data = changed("programs.0.instructions", encoded(bytes(8 * count)))
    assert refusal(data) == "drop has no instructions, or too many"


@pytest.mark.parametrize(
    "reference",
    [
        None,
        0,
        "stats",
        [],
        [0],
        ["stats"],
        [0, "stats", 1],
        ["0", "stats"],
        [0.0, "stats"],
        [0, 0],
        [None, "stats"],
        {},
    ],
)
def test_a_reference_that_is_none(reference: Any) -> None:
    assert refusal(changed("programs.1.references.0", reference)) == (
        "pass has a reference that is not an instruction and a map"
    )


@pytest.mark.parametrize("instruction", [False, True])
def test_a_reference_s_instruction_is_a_number(instruction: bool) -> None:
    # True and 1 are equal in Python, and not in the text.
    assert is_refused(changed("programs.1.references.0", [instruction, "stats"]))


def is_refused(data: Any) -> bool:
    try:
        spec_text.from_json(data)
    except XdpError:
        return True
    return False


@pytest.mark.parametrize("instruction", [-1, 1, 3, 4, 5, 1 << 60, -(1 << 80)])
def test_a_reference_at_an_instruction_that_takes_none(instruction: int) -> None:
    assert refusal(changed("programs.1.references.0", [instruction, "stats"])) == (
        f"pass has a reference at instruction {instruction}, which takes none"
    )


def test_a_reference_at_an_instruction_without_its_second_half() -> None:
    data = changed("programs.1.instructions", encoded(bytes(8) + bytes.fromhex("1811000000000000")))
    data["programs"][1]["references"] = [[1, "stats"]]
    assert refusal(data) == "pass has a reference at instruction 1, which takes none"


@pytest.mark.parametrize("name", ["other", "", "STATS", "drop"])
def test_a_reference_to_a_map_that_is_missing(name: str) -> None:
    assert refusal(changed("programs.1.references.0", [0, name])) == f"pass refers to the map {name}, which is missing"


@pytest.mark.parametrize("length", [17, 1000])
def test_more_variables_than_the_map_has_room_for(length: int) -> None:
    data = changed("maps.1.variables", encoded(bytes(length)))
    assert refusal(data) == "the variables of rodata are more than its value_size"


def test_variables_as_large_as_a_kernel_takes() -> None:
    assert not is_refused(changed("maps.1.value_size", MOST_VARIABLES))


@pytest.mark.parametrize("size", [MOST_VARIABLES + 1, 1 << 30, (1 << 32) - 1])
def test_variables_of_a_size_that_no_kernel_takes(size: int) -> None:
    # Setting one of them takes as much memory.
    assert is_refused(changed("maps.1.value_size", size))


@pytest.mark.parametrize(("offset", "size"), [(13, 4), (16, 4), ((1 << 32) - 1, 4), (0, 17), (1, (1 << 32) - 1)])
def test_a_variable_that_is_not_within_its_map(offset: int, size: int) -> None:
    data = changed("variables.0.offset", offset)
    data["variables"][0]["size"] = size
    assert refusal(data) == "the variable port lies outside of rodata"


@pytest.mark.parametrize("map_name", ["other", "stats", "ports"])
@pytest.mark.parametrize(("offset", "size"), [(0, 4), (0, 1), (0, 0)])
def test_a_variable_in_what_holds_no_variables(map_name: str, offset: int, size: int) -> None:
    data = changed("variables.0.map", map_name)
    data["variables"][0].update(offset=offset, size=size)
    assert refusal(data) == f"the variable port lies outside of {map_name}"


@pytest.mark.parametrize("licence", ["\ud800", "GPL\udcff"])
def test_a_licence_that_cannot_be_given_to_the_kernel(licence: str) -> None:
    assert is_refused(changed("programs.0.license", licence))


WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    2,
    -1,
    8,
    1 << 31,
    1 << 32,
    1 << 64,
    1 << 400,
    1.5,
    float("inf"),
    "",
    "x",
    "stats",
    "rodata",
    "pass",
    "AAAA",
    "AAAAAAAAAAA=",
    "\ud800",
    "\0",
    "x" * 5000,
    [],
    [1],
    ["x"],
    [[0, "stats"]],
    [[]],
    {},
    {"a": 1},
    {"name": "x"},
)


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in the data, with each of its keys."""
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(value, (dict, list)):
            yield from places(value)


def check(data: Any) -> ObjectSpec | None:
    """What is taken can be written again, and is then the same; all else is refused."""
    try:
        spec = spec_text.from_json(data)
    except XdpError:
        return None
    again = spec_text.to_json(spec)
    assert spec_text.from_json(again) == spec
    assert len(again["digest"]) == 64
    return spec


def test_each_value_replaced_by_each_wrong_one_is_taken_or_refused() -> None:
    count = sum(1 for _place in places(DATA))
    taken = refused = 0
    for number in range(count):
        for value in WRONG:
            data = copy.deepcopy(DATA)
            at, key = list(places(data))[number]
            at[key] = copy.deepcopy(value)
            if check(data) is None:
                refused += 1
            else:
                taken += 1
    assert taken and refused > taken


def test_many_wrong_values_at_once_are_taken_or_refused() -> None:
    rng = random.Random(37)
    for _round in range(2000):
        data = copy.deepcopy(DATA)
        for _change in range(rng.choice((1, 2, 3))):
            at, key = rng.choice(list(places(data)))
            if rng.random() < 0.3:
                del at[key]
            elif rng.random() < 0.5:
                source, name = rng.choice(list(places(DATA)))
                at[key] = copy.deepcopy(source[name])
            else:
                at[key] = copy.deepcopy(rng.choice(WRONG))
            if not data:
                break
        check(data)


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"{}",
        b"null",
        b'"x"',
        b"{'format': 1}",
        b"\xff\xfe{\0}\0",
        b'{"a": \xff}',
        b"{" * 100_000,
        b"[" * 100_000,
        b'{"format": ' * 20_000,
        b'{"maps": ' + b"9" * 5000 + b"}",
        b'{"maps": 1e999}',
        b"NaN",
        b"{}{}",
    ],
)
def test_a_file_that_is_no_spec_is_refused_by_its_name(text: bytes) -> None:
    with pytest.raises(XdpError, match=r"^files/x\.json"):
        spec_text.from_text("files/x.json", text)


def test_a_file_that_was_changed_or_cut_off_is_refused_by_its_name() -> None:
    text = json.dumps(spec_text.to_json(SPEC)).encode()
    with pytest.raises(XdpError, match=r"^x\.json: The object spec was changed after it was made: "):
        spec_text.from_text("x.json", text.replace(b'"max_entries": 1024', b'"max_entries": 1025'))
    for length in range(len(text)):
        with pytest.raises(XdpError, match=r"^x\.json"):
            spec_text.from_text("x.json", text[:length])


@pytest.mark.parametrize("value", [1, 0, None, "true", []])
def test_whether_a_program_is_a_candidate_is_a_boolean(value: Any) -> None:
    assert refusal(changed("left_out.0.candidate", value)) == "left_out[0].candidate is not a boolean"
