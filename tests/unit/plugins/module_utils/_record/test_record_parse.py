# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Anybody who may write to bpffs may put any text where the record belongs."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import NewerRecord, Record

DATA: dict[str, Any] = {
    "version": 2,
    "by": "0.1.0",
    "maps": {"source": "5e1f", "object": "0b1e", "ids": {"stats": 17}},
    "program": {
        "source": "5e1f",
        "object": "0b1e",
        "name": "pass",
        "id": 42,
        "tag": "7524a119f44a4890",
        "functions": ["drop", "pass"],
        "maps": {"stats": 17},
    },
    "pending": ["maps/stats"],
    "links": {"eth0": 3},
    "interfaces": ["eth0"],
    "netns": [4129, 4, 4026531840],
}


def changed(path: str, value: Any) -> str:
    """The text of a good record with one thing in it put in another's place."""
    data = copy.deepcopy(DATA)
    at = data
    *above, last = path.split(".")
    for name in above:
        at = at[name]
    at[last] = value
    return json.dumps(data)


def test_the_record_that_the_others_are_made_from_is_good() -> None:
    assert record.parse(json.dumps(DATA)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "}",
        "{}",
        "[]",
        "[1]",
        "null",
        "1",
        "1.5",
        "true",
        '"version"',
        "NaN",
        "/etc/passwd",
        "\0",
        "\udcff",
    ],
)
def test_what_is_no_record_is_none(text: str) -> None:
    assert record.parse(text) is None


@pytest.mark.parametrize("name", ["", ".", "..", "../../../victim", "a/b", "/etc/passwd", "a.b", "a~", "a\0"])
def test_names_that_lead_elsewhere_make_it_none(name: str) -> None:
    assert record.parse(changed("program.name", name)) is None
    assert record.parse(changed("program.maps", {name: 17})) is None
    assert record.parse(changed("maps.ids", {name: 17})) is None


@pytest.mark.parametrize("version", [0, -1, "1", "2", None, True, 1.0, [], {}, [1]])
def test_another_version_is_none(version: Any) -> None:
    assert record.parse(changed("version", version)) is None


@pytest.mark.parametrize("part", ["maps", "program"])
@pytest.mark.parametrize("value", [None, 1, "x", [], ["source"], {}, {"source": "5e1f"}, {"a": 1}])
def test_a_part_of_another_shape_is_none(part: str, value: Any) -> None:
    assert record.parse(changed(part, value)) is None


@pytest.mark.parametrize("field", ["maps.source", "maps.object", "maps.ids", "program.source", "program.object"])
def test_a_record_without_one_of_its_fields_is_none(field: str) -> None:
    data = copy.deepcopy(DATA)
    part, name = field.split(".")
    del data[part][name]
    assert record.parse(json.dumps(data)) is None


@pytest.mark.parametrize("field", ["maps.ids", "program.maps"])
@pytest.mark.parametrize(
    "value", [None, 1, "x", [], [17], {"stats": None}, {"stats": "17"}, {"stats": 1.5}, {"stats": {}}]
)
def test_ids_that_are_none_are_refused(field: str, value: Any) -> None:
    assert record.parse(changed(field, value)) is None


@pytest.mark.parametrize("value", [None, 1, [1], [None], [["maps/x"]], [{"maps/x": 1}]])
def test_pending_pins_that_are_no_names_are_refused(value: Any) -> None:
    assert record.parse(changed("pending", value)) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        # The rest of the run uses them as texts, and the id in a system call.
        ("program.id", "42"),
        ("program.id", None),
        ("program.id", [42]),
        ("program.id", 1.5),
        ("program.id", -1),
        ("program.id", 1 << 32),
        ("maps.ids", {"stats": -1}),
        ("maps.ids", {"stats": 1 << 32}),
        ("program.name", None),
        ("program.name", 1),
        ("program.name", ["pass"]),
        ("program.name", {"pass": 1}),
        ("program.tag", None),
        ("program.source", ["5e1f"]),
        ("maps.source", 1),
        ("program.object", None),
        ("program.object", ["0b1e"]),
        ("maps.object", 1),
        ("program.functions", None),
        ("program.functions", 1),
        ("program.functions", "pass"),
        ("program.functions", []),
        ("program.functions", [1]),
        ("program.functions", [["pass"]]),
        ("pending", "maps/stats"),
        ("by", None),
        ("by", 1),
        ("links", None),
        ("links", ["eth0"]),
        ("links", {"eth0": "3"}),
        ("links", {"eth0": -1}),
        ("links", {"eth0": True}),
        ("interfaces", None),
        ("interfaces", "eth0"),
        ("interfaces", [1]),
        ("interfaces", ["../eth0"]),
        ("interfaces", ["\ud800"]),
        ("netns", None),
        ("netns", {}),
        ("netns", []),
        ("netns", [1, 2]),
        ("netns", [1, 2, 3, 4]),
        ("netns", [1, 2, -3]),
        ("netns", [1, 2, 1 << 64]),
        ("netns", [1, 2, "3"]),
        ("program.without", None),
        ("program.without", []),
        ("program.without", "stats"),
        ("program.without", [1]),
    ],
)
def test_a_field_of_another_type_is_refused(field: str, value: Any) -> None:
    assert record.parse(changed(field, value)) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 4095, id="lists"),
        pytest.param('{"version":1,"maps":{"source":' + "[" * 4000, id="lists in a record"),
        pytest.param('{"a":' * 800, id="mappings"),
    ],
)
def test_text_that_opens_and_never_closes_is_none(text: str) -> None:
    assert record.parse(text) is None


VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    1 << 70,
    1.5,
    1e999,
    "",
    "x",
    "maps/x",
    "\ud800",
    [],
    [1],
    ["x"],
    {},
    {"a": 1},
)
CHARACTERS = '{}[]",:\\/0123456789.-+eEtruefalsn x\0\xe4\udcff'


def mutated_text(rng: random.Random) -> str:
    characters = list(json.dumps(DATA, separators=(",", ":")))
    for _change in range(rng.randint(1, 3)):
        at = rng.randrange(len(characters))
        characters[at : at + rng.choice((0, 1, 1, 1, 20))] = rng.choice(("", rng.choice(CHARACTERS)))
    return "".join(characters)


def mutated_data(rng: random.Random) -> str:
    data = copy.deepcopy(DATA)
    for _change in range(rng.randint(1, 2)):
        at: Any = data
        while True:
            key = rng.choice(sorted(at)) if isinstance(at, dict) else rng.randrange(len(at))
            below = at[key]
            if not isinstance(below, (dict, list)) or not below or rng.random() < 0.3:
                break
            at = below
        if rng.random() < 0.2:
            del at[key]
        else:
            at[key] = copy.deepcopy(rng.choice(VALUES))
        if not data:
            break
    return json.dumps(data)


@pytest.mark.parametrize("mutate", [mutated_text, mutated_data])
def test_whatever_is_read_is_a_record_that_can_be_written_again_or_none(mutate: Any) -> None:
    rng = random.Random(11)
    good = 0
    for _round in range(500):
        text = mutate(rng)
        try:
            known = record.parse(text)
        except NewerRecord:  # a field has another name, and another version wrote it
            continue
        if known is None:
            continue
        good += 1
        assert isinstance(known, Record), text
        assert record.parse(known.to_text()) == known._replace(format=2), text
    # Both outcomes must have been seen, or this has proved nothing.
    assert 0 < good < 500
