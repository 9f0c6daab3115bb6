# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept import Difference, Header, Kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_warning import warning
from ansible_collections.ebpf.xdp.plugins.module_utils._record.in_force import InForce
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer

ROOT = "/sys/fs/bpf/ansible"
EDGE = Header(2, "edge", ROOT, "5" * 64, "0" * 64, "drop", ("eth0", "eth1"), "auto", "auto")
RUNS = InForce(
    "0" * 64, "drop", {"eth0": ("native", "link"), "eth1": ("generic", "netlink")}, {"lo", "eth0", "eth1", "eth2"}
)
REST = '{"object":{}}\n'
FORMAT_1 = (
    '{"attach":"auto","format":"ebpf.xdp saved set 1","interfaces":["eth0","eth1"],"mode":"auto","name":"edge",'
    f'"object":{{"digest":"{"0" * 64}","source":"{"5" * 64}"}},"pin_root":"{ROOT}","program":"drop"}}\n'
)


def keep(directory: Path, text: str, mode: int = 0o600) -> None:
    file = directory / "edge.json"
    file.write_text(text)
    file.chmod(mode)


def compared(directory: Path, in_force: InForce | None = RUNS, pin_root: str = ROOT) -> Kept:
    return kept.compare(str(directory), pin_root, "edge", in_force)


@pytest.mark.parametrize("header", [EDGE, EDGE._replace(interfaces=None, program=None), EDGE._replace(interfaces=())])
def test_the_first_line_comes_back_equal(tmp_path: Path, header: Header) -> None:
    keep(tmp_path, header.to_line() + REST)
    assert kept.header(str(tmp_path), "edge") == header


def test_no_more_than_the_first_line_is_looked_at(tmp_path: Path) -> None:
    keep(tmp_path, EDGE.to_line() + "{ cut off")
    assert kept.header(str(tmp_path), "edge") == EDGE


def test_the_first_format_has_the_same_in_other_places(tmp_path: Path) -> None:
    keep(tmp_path, FORMAT_1)
    assert kept.header(str(tmp_path), "edge") == EDGE._replace(format=1)
    assert compared(tmp_path) == Kept("same")


def test_the_first_format_may_be_longer_than_any_first_line(tmp_path: Path) -> None:
    keep(tmp_path, FORMAT_1.replace('"source"', '"more":"' + "x" * (3 << 20) + '","source"'))
    assert kept.header(str(tmp_path), "edge") == EDGE._replace(format=1)


def test_nothing_is_kept_where_nothing_is(tmp_path: Path) -> None:
    assert compared(tmp_path) == Kept("absent")
    assert compared(tmp_path / "nowhere") == Kept("absent")
    (tmp_path / "file").touch()
    assert compared(tmp_path / "file") == Kept("absent")


def test_a_set_of_another_pin_root_is_another_set(tmp_path: Path) -> None:
    keep(tmp_path, EDGE.to_line())
    assert compared(tmp_path, pin_root="/sys/fs/bpf/other") == Kept("absent")
    assert compared(tmp_path, pin_root=ROOT + "/") == Kept("same")


def test_what_is_kept_and_runs_as_it_is_kept_is_the_same(tmp_path: Path) -> None:
    keep(tmp_path, EDGE.to_line())
    assert compared(tmp_path) == Kept("same")


@pytest.mark.parametrize(
    "header",
    [
        EDGE._replace(program=None),
        EDGE._replace(source="another"),  # of what was compiled, the outcome counts
        EDGE._replace(interfaces=("eth1", "eth0", "eth0")),
        EDGE._replace(interfaces=("eth0", "eth1", "bond0")),  # that one is not there yet
    ],
)
def test_what_makes_no_difference(header: Header) -> None:
    assert kept.differences(header, RUNS) == []


@pytest.mark.parametrize(
    ("header", "difference"),
    [
        (EDGE._replace(object="f" * 64), ("object", "f" * 64, "0" * 64)),
        (EDGE._replace(program="other"), ("program", "other", "drop")),
        (EDGE._replace(interfaces=("eth0",)), ("interfaces", "eth0", "eth0, eth1")),
        (EDGE._replace(interfaces=("eth0", "eth1", "eth2")), ("interfaces", "eth0, eth1, eth2", "eth0, eth1")),
        (EDGE._replace(interfaces=None), ("interfaces", "", "eth0, eth1")),
        (EDGE._replace(mode="native"), ("eth1", "native mode, auto", "generic mode, netlink")),
        (EDGE._replace(attach="netlink"), ("eth0", "auto mode, netlink", "native mode, link")),
    ],
)
def test_each_difference_is_said(header: Header, difference: tuple[str, str, str]) -> None:
    assert kept.differences(header, RUNS) == [difference]


def test_a_set_that_runs_nothing_is_kept_differently(tmp_path: Path) -> None:
    keep(tmp_path, EDGE.to_line())
    assert compared(tmp_path, None) == Kept("different", (Difference("program", "drop", None),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is damaged"),
        ("[]\n", "is damaged: it does not say that it is a saved set"),
        (EDGE.to_line().replace("set 2", "set 0"), "is damaged: it does not say that it is a saved set"),
        (EDGE.to_line().replace("set 2", "set 6"), "a later version of the collection wrote it: its format is 6"),
        (EDGE._replace(name="other").to_line(), "is damaged: it is of the set 'other'"),
        ("[" * 1_000_000, "is damaged"),
    ],
)
def test_a_file_that_says_nothing_is_different_and_says_why(tmp_path: Path, text: str, said: str) -> None:
    keep(tmp_path, text)
    found = compared(tmp_path)
    assert found.state == "different"
    assert said in found.trouble and str(tmp_path / "edge.json") in found.trouble


def test_a_file_that_others_can_write_is_not_believed(tmp_path: Path) -> None:
    keep(tmp_path, EDGE.to_line(), mode=0o622)
    assert "only its owner, root, can write" in compared(tmp_path).trouble
    os.unlink(tmp_path / "edge.json")
    os.mkfifo(tmp_path / "edge.json", 0o600)
    assert "only its owner, root, can write" in compared(tmp_path).trouble


@pytest.mark.parametrize(
    ("found", "removed", "said"),
    [
        (Kept("different", (Difference("program", "drop", None),)), True, "comes back at boot, or when one of its"),
        (
            Kept("different", (Difference("object", "f" * 64, "0" * 64), Difference("interfaces", "", "eth0"))),
            False,
            "comes back at boot: object: kept ffffffffffff, in force 000000000000; interfaces: kept none, in force eth0. "
            "Keep what is in force with ebpf.xdp.xdp_boot",
        ),
        (Kept("different", (), "It broke"), True, "cannot come back at boot. It broke. Keep it again"),
    ],
)
def test_the_warning_says_what_to_do(found: Kept, removed: bool, said: str) -> None:
    assert said in warning(found, "edge", "/file", removed)


def test_no_name_leads_out_of_the_directory(tmp_path: Path) -> None:
    with pytest.raises(XdpError, match="cannot be the name of a pin set"):
        kept.header(str(tmp_path), "../edge")


def test_the_sets_of_a_pin_root_are_those_kept_for_it_and_those_that_do_not_say(tmp_path: Path) -> None:
    keep(tmp_path, EDGE.to_line())
    for name, text in {"other": EDGE._replace(name="other", pin_root="/elsewhere").to_line(), "bad": "{\n"}.items():
        path = tmp_path / f"{name}.json"
        path.write_text(text)
        path.chmod(0o600)
    assert kept.names_for(str(tmp_path), ROOT) == ["bad", EDGE.name]
    assert kept.names_for(str(tmp_path), "/elsewhere") == ["bad", "other"]
    assert kept.names_for(str(tmp_path / "missing"), ROOT) == []


ALICE = Signer("alice@example.org", "SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k")


def test_the_signer_is_kept_and_compared(tmp_path: Path) -> None:
    signed = EDGE._replace(signer=ALICE)
    keep(tmp_path, signed.to_line() + REST)
    assert kept.header(str(tmp_path), "edge") == signed
    assert compared(tmp_path, RUNS._replace(signer=ALICE)) == Kept("same")
    assert compared(tmp_path) == Kept("different", (Difference("signer", str(ALICE), None),))
    keep(tmp_path, EDGE.to_line() + REST)
    assert compared(tmp_path, RUNS._replace(signer=ALICE)).differences == (Difference("signer", None, str(ALICE)),)


def test_without_a_signer_the_line_is_as_ever() -> None:
    assert "signer" not in EDGE.to_line()


@pytest.mark.parametrize("signer", ['"alice"', "[]", '["alice"]', '["alice",1]', '{"name":"alice"}'])
def test_a_signer_that_nobody_kept_is_damage(tmp_path: Path, signer: str) -> None:
    keep(tmp_path, EDGE.to_line().replace('"source"', f'"signer":{signer},"source"') + REST)
    with pytest.raises(XdpError, match=r"is damaged: signer is not a name and a key\."):
        kept.header(str(tmp_path), "edge")


def test_what_a_set_borrows_is_kept_and_compared(tmp_path: Path) -> None:
    borrower = EDGE._replace(format=3, reuse_maps=(("seen", "filter/seen"),))
    keep(tmp_path, borrower.to_line())
    assert kept.header(str(tmp_path), "edge") == borrower
    path = f"{ROOT}/filter/maps/seen"
    assert kept.differences(borrower, RUNS._replace(borrowed={"seen": path})) == []
    assert kept.differences(borrower, RUNS) == [Difference("reuse_maps", f"seen is {path}", None)]
    assert kept.differences(EDGE, RUNS._replace(borrowed={"seen": path})) == [
        Difference("reuse_maps", None, f"seen is {path}")
    ]
    wrong = borrower._replace(reuse_maps=(("seen", "nothing"),))
    assert kept.differences(wrong, RUNS) == [Difference("reuse_maps", "seen is nothing", None)]


def test_a_set_that_borrows_nothing_is_kept_as_before() -> None:
    assert "reuse_maps" not in EDGE.to_line()


@pytest.mark.parametrize("damage", ["[]", '{"seen":7}', '"seen"'])
def test_damaged_names_of_borrowed_maps_are_refused(tmp_path: Path, damage: str) -> None:
    keep(tmp_path, EDGE.to_line().rstrip()[:-1] + f',"reuse_maps":{damage}}}\n')
    with pytest.raises(XdpError, match="reuse_maps does not say which maps"):
        kept.header(str(tmp_path), "edge")


def test_helpers_that_are_kept_are_compared() -> None:
    helped = EDGE._replace(format=3, helpers=("second", "third"))
    assert kept.differences(helped, RUNS) == [Difference("helpers", "second, third", None)]
    assert kept.differences(helped, RUNS._replace(helpers=("second", "third"))) == []
    assert "helpers" not in EDGE.to_line()


@pytest.mark.parametrize("damage", ['"second"', "[1]", "{}"])
def test_helpers_that_are_no_names_are_damage(tmp_path: Path, damage: str) -> None:
    keep(tmp_path, EDGE.to_line().rstrip()[:-1] + f',"helpers":{damage}}}\n')
    with pytest.raises(XdpError, match="helpers is not a list of names"):
        kept.header(str(tmp_path), "edge")


def test_a_set_of_a_network_namespace_says_so_and_others_are_as_they_were() -> None:
    assert "netns" not in EDGE.to_line()
    named = EDGE._replace(format=kept.FORMAT_WITH_NETNS, netns="blue")
    assert kept.parse_text("edge", named.to_line()) == named
    assert named.format > kept.FORMAT_WITH_CONTENTS


@pytest.mark.parametrize("value", ["", ".", "..", "a/b", 1, ["blue"]])
def test_a_namespace_that_is_no_name_is_malformed(value: object) -> None:
    data = {**json.loads(EDGE.to_line()), "netns": value}
    with pytest.raises(kept.Malformed, match="netns is not a name"):
        kept.parse("edge", data)


def test_a_set_kept_for_another_namespace_is_different() -> None:
    for mine, names, shown in (
        (None, ["blue"], "blue"),
        ("blue", [None], None),
        ("blue", ["red"], "red"),
        (None, [], "one without a name"),
    ):
        found = kept.differences(EDGE._replace(netns=mine), RUNS._replace(netns=names))
        assert kept.Difference("netns", mine, shown) in found
    for mine, names in ((None, [None]), ("blue", ["also", "blue"])):
        found = kept.differences(EDGE._replace(netns=mine), RUNS._replace(netns=names))
        assert not [each for each in found if each.what == "netns"]
