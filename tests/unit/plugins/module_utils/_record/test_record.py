# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a pin set, as data and as text."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import (
    NewerRecord,
    Record,
    RecordedMaps,
    RecordedProgram,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer
from ansible_collections.ebpf.xdp.plugins.module_utils._version import VERSION
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT

MAPS = RecordedMaps("5e1f", "0b1e", {"stats": 17, "ports": 18})
PROGRAM = RecordedProgram(
    "5e1f", "0b1e", "pass", 42, "7524a119f44a4890", ("drop", "pass"), {"stats": 17, "scratch": 19}
)
PENDING = ("maps/stats", "maps/new", "programs/pass", "programs/other", "links/eth2")
LINKS = {"eth0": 3, "eth0%2E100": 4, "eth1~": 5}
HERE = NetworkNamespace(4129, 4, 4026531840)

# As the first version wrote it: pin sets outlive upgrades of the collection, so this text may not change.
FORMAT_1 = (
    '{"maps":{"ids":{"ports":18,"stats":17},"object":"0b1e","source":"5e1f"},'
    '"pending":["maps/x"],'
    '"program":{"functions":["drop","pass"],"id":42,"maps":{"scratch":19,"stats":17},"name":"pass",'
    '"object":"0b1e","source":"5e1f","tag":"7524a119f44a4890"},'
    '"version":1}'
)
FORMAT_2 = (
    '{"by":"0.1.0","interfaces":["eth0","eth1"],"links":{"eth0":3,"eth1":4},'
    '"maps":{"ids":{"ports":18,"stats":17},"object":"0b1e","source":"5e1f"},'
    '"netns":[4129,4,4026531840],"pending":["maps/x"],'
    '"program":{"functions":["drop","pass"],"id":42,"maps":{"scratch":19},"name":"pass",'
    '"object":"0b1e","source":"5e1f","tag":"7524a119f44a4890","without":["ports"]},'
    '"version":2}'
)


def test_comes_back_equal() -> None:
    programs = (None, PROGRAM, PROGRAM._replace(maps={}), PROGRAM._replace(maps={"stats": 20}))
    for fields in itertools.product(
        (None, MAPS, RecordedMaps("0", "1", {})),
        programs,
        ((), PENDING),
        ({}, LINKS),
        (None, (), ("eth0", "wg\udcff")),
        (None, HERE, HERE._replace(cookie=0)),
    ):
        written = Record(*fields)
        assert record.parse(written.to_text()) == written


def test_the_last_trial_comes_back_equal() -> None:
    written = Record(program=PROGRAM, trial=record.Tried("expired", "0b1e", "db7a1e8d757c6eed"))
    assert record.parse(written.to_text()) == written
    assert record.parse(written.to_text().replace('["expired",', "[7,")) is None


def test_the_first_form_is_read() -> None:
    assert record.parse(FORMAT_1) == Record(MAPS, PROGRAM, ("maps/x",), format=1)


def test_the_form_is_fixed() -> None:
    # The next version has to read what this one wrote.
    known = Record(MAPS, PROGRAM, ("maps/x",), {"eth0": 3, "eth1": 4}, ("eth0", "eth1"), HERE)
    assert record.parse(FORMAT_2) == known
    assert known.to_text() == FORMAT_2.replace('"by":"0.1.0"', f'"by":"{VERSION}"')


def test_each_id_stands_in_it_once() -> None:
    ids = {f"map_{number}": 1000 + number for number in range(60)}
    text = Record(RecordedMaps("5e1f", "0b1e", ids), PROGRAM._replace(maps=ids), (), LINKS, (), HERE).to_text()
    for object_id in (*ids.values(), *LINKS.values(), PROGRAM.id):
        assert len(re.findall(rf":{object_id}\b", text)) == 1


def test_the_version_is_the_collections() -> None:
    assert f"\nversion: {VERSION}\n" in (ROOT / "galaxy.yml").read_text()


NEWER: tuple[dict[str, Any], ...] = (
    {"version": 3},
    {"version": 3, "maps": 1, "program": "of another shape", "netns": {}},
    {"version": 2, "chain": ["edge"]},
    {"version": 2, "maps": {"source": "5e1f", "object": "0b1e", "ids": {}, "lent": ["stats"]}},
    {"version": 2, "program": {**json.loads(FORMAT_2)["program"], "members": []}},
)


@pytest.mark.parametrize("newer", NEWER)
def test_what_a_later_version_wrote_is_refused_with_its_name(newer: dict[str, Any]) -> None:
    with pytest.raises(NewerRecord) as caught:
        record.parse(json.dumps({**newer, "by": "1.7.0"}))
    assert caught.value.writer == "1.7.0"
    with pytest.raises(XdpError) as refused:
        record.known(json.dumps({**newer, "by": "1.7.0"}), "/sys/fs/bpf/ansible/edge/record")
    assert str(refused.value) == (
        f"/sys/fs/bpf/ansible/edge/record was written by ebpf.xdp 1.7.0, in format {newer['version']}. "
        f"This is ebpf.xdp {VERSION}, which reads formats 1 to 2 and does not know everything in it. "
        f"Upgrade the collection on the controller"
    )


@pytest.mark.parametrize("newer", [each for each in NEWER if each["version"] > 2])
@pytest.mark.parametrize("by", [None, 1, "", "x" * 33, "1 7", "\x1b[2J", [], VERSION])
def test_a_later_format_is_refused_whoever_wrote_it(newer: dict[str, Any], by: Any) -> None:
    for data in ({**newer, "by": by}, newer):
        with pytest.raises(NewerRecord) as caught:
            record.parse(json.dumps(data))
        writer = VERSION if data.get("by") == VERSION else "of an unknown version"
        assert (caught.value.writer, caught.value.format) == (writer, 3)


@pytest.mark.parametrize("newer", [each for each in NEWER if each["version"] == 2])
@pytest.mark.parametrize("by", [None, 1, "", "x" * 33, "1 7", "\x1b[2J", VERSION])
def test_fields_that_no_other_version_wrote_make_it_no_record(newer: dict[str, Any], by: Any) -> None:
    assert record.parse(json.dumps({**newer, "by": by})) is None
    assert record.parse(json.dumps(newer)) is None


def test_a_record_says_the_same_as_before_unless_something_changed() -> None:
    new = Record(MAPS, PROGRAM, (), {"eth0": 3}, ("eth0",), HERE)
    assert new.says_the_same(new)
    assert not new.says_the_same(None)
    for other in (
        new._replace(maps=None),
        new._replace(program=PROGRAM._replace(id=43)),
        new._replace(pending=("maps/x",)),
        new._replace(links={"eth0": 4}),
        new._replace(interfaces=()),
        new._replace(netns=HERE._replace(cookie=1)),
    ):
        assert not other.says_the_same(new)


def test_what_an_older_record_cannot_say_is_no_change() -> None:
    new = Record(MAPS, PROGRAM, (), {"eth0": 3}, ("eth0",), HERE)
    assert new.says_the_same(Record(MAPS, PROGRAM, format=1))
    assert not new.says_the_same(Record(MAPS, PROGRAM._replace(id=43), format=1))
    assert new.says_the_same(new._replace(netns=None))


def test_equal_records_are_equal_texts() -> None:
    other_order = MAPS._replace(ids=dict(reversed(list(MAPS.ids.items()))))
    assert Record(other_order).to_text() == Record(MAPS).to_text()


@pytest.mark.parametrize(
    ("known", "maps", "programs", "links"),
    [
        (Record(), set(), set(), set()),
        (Record(maps=MAPS), {"stats", "ports"}, set(), set()),
        # A pin of any map of the program may come from an earlier run in another scope.
        (Record(program=PROGRAM), {"stats", "scratch"}, {"pass"}, set()),
        (Record(pending=PENDING), {"stats", "new"}, {"pass", "other"}, {"eth2"}),
        (Record(links=LINKS), set(), set(), {*LINKS}),
        (Record(MAPS, PROGRAM, PENDING), {"stats", "ports", "scratch", "new"}, {"pass", "other"}, {"eth2"}),
    ],
)
def test_names_are_the_pins_that_are_ours(known: Record, maps: set[str], programs: set[str], links: set[str]) -> None:
    assert known.names("maps") == maps
    assert known.names("programs") == programs
    assert known.names("links") == links


def test_the_text_is_ascii_so_that_its_length_is_in_bytes() -> None:
    assert Record(RecordedMaps("", "", {"ä\ud800": 1})).to_text().isascii()


ALICE = Signer("alice@example.org", "SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k")


@pytest.mark.parametrize("maps", [None, MAPS, MAPS._replace(signer=ALICE)])
@pytest.mark.parametrize("program", [None, PROGRAM, PROGRAM._replace(signer=ALICE)])
def test_the_signer_comes_back_equal(maps: RecordedMaps | None, program: RecordedProgram | None) -> None:
    whole = Record(maps, program)
    assert record.parse(whole.to_text()) == whole


def test_without_a_signer_the_text_is_as_ever() -> None:
    assert "signer" not in Record(MAPS, PROGRAM).to_text()
    known = record.parse(FORMAT_2)
    assert known is not None and known.program is not None and known.maps is not None
    assert known.program.signer is None and known.maps.signer is None
    assert json.loads(known.to_text()) == {**json.loads(FORMAT_2), "by": VERSION}


def test_another_signer_is_another_record() -> None:
    unsigned = Record(MAPS, PROGRAM)
    signed = unsigned._replace(program=PROGRAM._replace(signer=ALICE))
    assert not signed.says_the_same(unsigned) and not unsigned.says_the_same(signed)
    assert signed.says_the_same(signed)


@pytest.mark.parametrize(
    "signer", [None, "alice", [], ["alice"], ["alice", "SHA256:a", "b"], ["alice", 1], {"name": "alice"}]
)
@pytest.mark.parametrize("half", ["maps", "program"])
def test_a_signer_that_nobody_wrote_is_damage(half: str, signer: Any) -> None:
    data = json.loads(Record(MAPS, PROGRAM).to_text())
    data[half]["signer"] = signer
    assert record.parse(json.dumps(data)) is None


def test_helpers_arrays_and_inner_maps_come_back_equal() -> None:
    program = PROGRAM._replace(helpers={"drop": 43}, arrays=("calls",))
    known = Record(MAPS, program, inner={"outer": "array, key 4"})
    assert record.parse(known.to_text()) == known
    assert known.names("programs") == {"pass", "drop"}


def test_what_is_bound_to_interfaces_comes_back_equal() -> None:
    program = PROGRAM._replace(bound={"2": 42, "3": 43}, named=("drop",), helpers={"drop": 44})
    known = Record(MAPS, program, led={"drop": (40, 44)})
    assert record.parse(known.to_text()) == known
    assert known.names("programs") == {"pass@2", "pass@3", "drop"}


@pytest.mark.parametrize("led", [[], {"drop": 1}, {"drop": ["1"]}, {"../drop": [1]}])
def test_entries_that_no_version_led_make_no_record(led: Any) -> None:
    data = json.loads(Record(MAPS, PROGRAM).to_text())
    assert record.parse(json.dumps({**data, "led": led})) is None


@pytest.mark.parametrize("field", ["helpers", "named", "arrays", "bound", "inner", "led"])
def test_a_record_of_a_set_without_helpers_is_as_it_was(field: str) -> None:
    assert field not in Record(MAPS, PROGRAM).to_text()


@pytest.mark.parametrize("inner", [[], {"outer": 1}, {"../outer": "array"}])
def test_inner_maps_that_no_version_wrote_make_no_record(inner: Any) -> None:
    data = json.loads(Record(MAPS, PROGRAM).to_text())
    assert record.parse(json.dumps({**data, "inner": inner})) is None
