# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import declared
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _contents_action
from ansible_collections.ebpf.xdp.plugins.plugin_utils._contents_action import Contents
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils.actions import Action

ENTRIES = [{"key": "10.0.0.0/8", "value": 1}, {"key": "9.0.0.0/8"}]
PACKED = pack.pack(declared(ENTRIES).table)


def contents(action: Action | None = None) -> Contents:
    return Contents(action or Action())  # type: ignore[arg-type]


def refusal(given: dict[str, Any], action: Action | None = None) -> str:
    with pytest.raises(AnsibleActionFail) as caught:
        contents(action).element(given)
    return str(caught.value)


def test_few_entries_travel_in_the_arguments() -> None:
    given = {"map": "m", "entries": ENTRIES, "state": "present"}
    expected = {"digest": pack.digest(PACKED), "data": base64.b64encode(PACKED).decode()}
    here = contents()
    assert here.element(given) == {"map": "m", "state": "present", "_packed": expected}
    assert here.list_of([given, {"map": "n", "exclusive": True, "allow_empty": True}]) == [
        {"map": "m", "state": "present", "_packed": expected},
        {"map": "n", "exclusive": True, "allow_empty": True},
    ]
    assert given["entries"] == ENTRIES
    assert not here.send()
    assert contents().element({"map": "m", "entries": []})["_packed"]["digest"] == pack.digest(
        pack.pack(declared([]).table)
    )


@pytest.mark.parametrize("map_name", [["m"], {"m": 1}, None])
def test_a_name_that_is_none_is_left_to_the_module(map_name: Any) -> None:
    assert contents().element({"map": map_name, "entries": ENTRIES})["map"] == map_name


@pytest.mark.parametrize("named", [True, False])
def test_many_entries_travel_when_they_are_needed(monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    monkeypatch.setattr(_contents_action, "_LARGEST_INLINE", 10)
    action, digest = Action(), pack.digest(PACKED)
    here = contents(action)
    one, same, other = here.list_of([{"map": name, "entries": ENTRIES[: 2 - (name == "c")]} for name in "abc"])
    assert one["_packed"] == same["_packed"] == {"digest": digest}
    assert action.sent == {}
    assert here.send([digest, "unknown"] if named else None)
    path = f"/tmp/ansible/{digest}.packed"
    assert one["_packed"] == same["_packed"] == {"digest": digest, "path": path}
    assert action.sent[path] == PACKED
    assert {"/tmp/ansible", path} <= {*action.readable}
    assert ("path" in other["_packed"]) != named
    assert not here.send([digest])  # once is enough: a module that goes on asking is not answered for ever


@pytest.mark.parametrize("name", ["", "lists"])
def test_a_directory_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "lists").mkdir()
    said = refusal({"map": "m", "src": name}, Action(str(tmp_path)))
    assert said.startswith("src: ")
    assert said.endswith(" is not a file. Nothing was changed")


def test_a_file_is_found_and_decrypted(tmp_path: Path) -> None:
    text = b"key,value\n10.0.0.0/8,1\n9.0.0.0/8,\n"
    (tmp_path / "a.csv").write_bytes(text)
    (tmp_path / "a.csv.vault").write_bytes(text[::-1])
    digests = set()
    for name, how in (("a.csv", {}), ("a.csv.vault", {"format": "csv"})):
        action = Action(str(tmp_path))
        taken = contents(action).element({"map": "m", "src": name, "remote_src": "no", **how})
        assert taken["src"] == name
        digests.add(taken["_packed"]["digest"])
        assert len(action._loader.cleaned) == 1
    assert len(digests) == 1


def test_a_file_of_the_host_is_left_to_the_host() -> None:
    for remote in (True, "yes"):
        given = {"map": "m", "src": "/srv/a.csv", "remote_src": remote}
        assert contents().element(given) == given
    given = {"map": "m", "src": "/srv/a.csv", "format": "xml"}
    assert contents().element(given) == given  # the module names the choices


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"entries": [], "src": "a"}, "entries and src are both given"),
        ({"entries": {"10.0.0.0/8": 1}}, "entries is not a list. Each entry is a dictionary with key and value"),
        ({"entries": "a,b"}, "entries is not a list"),
        ({"entries": ["a"]}, "entries[0]: a is not a dictionary with key and value"),
        ({"entries": [{"key": 1}, {"key": 2, "rate": 3}]}, "entries[1]: unknown: rate. An entry has key and value"),
        ({"entries": [{"value": 1}]}, "entries[0]: there is no key"),
        ({"src": "gone.csv"}, "src: Could not find gone.csv. Nothing was changed"),
        ({"src": "a", "remote_src": "maybe"}, "remote_src: The value 'maybe' is not a valid boolean"),
        ({"_packed": {}}, "Unsupported parameters: _packed"),
    ],
)
def test_what_cannot_be_sent(given: dict[str, Any], text: str) -> None:
    assert refusal(given).startswith(text)
    if "_packed" not in given:
        with pytest.raises(AnsibleActionFail, match=r"contents\[0\]\.(entries|src|remote_src)"):
            contents().list_of([{"map": "m", **given}])


@pytest.mark.parametrize("given", ["m", {"map": "m"}, ["m"], None])
def test_what_is_no_list_of_contents(given: Any) -> None:
    with pytest.raises(AnsibleActionFail, match="contents is not a list of dictionaries"):
        contents().list_of(given)


def test_a_wrong_line_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# x\n10.0.0.1/8\n")
    assert refusal({"src": "a.txt"}, Action(str(tmp_path))).startswith(
        f"{tmp_path}/a.txt, line 2: key: the prefix 10.0.0.1/8"
    )


def test_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(_contents_action, "read_file", fail)
    (tmp_path / "a.txt").write_text("a")
    assert refusal({"src": "a.txt"}, Action(str(tmp_path))).startswith("While reading the entries on the controller: ")


def test_errors_about_an_entry_name_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# x\n9.0.0.0/8\n8.0.0.0/8\n")
    here = contents(Action(str(tmp_path)))
    here.list_of([{"map": "m", "entries": [*ENTRIES, {"key": "8.0.0.0/8"}]}, {"map": "n", "src": "a.txt"}])

    def told(**entry: Any) -> dict[str, Any]:
        return here.explained({"failed": True, "msg": "It is wrong", "_entry": entry})

    assert told(map="m", block=0, row=1) == {"failed": True, "msg": "contents[0].entries[1]: It is wrong"}
    assert told(map="n", block=0, row=0)["msg"] == f"{tmp_path}/a.txt, line 3: It is wrong"
    # A host may answer anything.
    for strange in ({"block": 9, "row": 0}, {"block": 0, "row": 9}, {"row": 1}, {"block": "x", "row": []}):
        assert told(map="m", **strange)["msg"] == "It is wrong"
    assert here.explained({"msg": "x", "_entry": 1}) == {"msg": "x"}
    assert here.explained({"changed": True}) == {"changed": True}
    # xdp_map may know the map by its path alone.
    alone = contents()
    alone.element({"path": "/sys/fs/bpf/x", "entries": ENTRIES})
    assert alone.explained({"msg": "x", "_entry": {"map": "x", "block": 0, "row": 0}})["msg"] == "entries[1]: x"
    assert contents().explained({"msg": "x", "_entry": {"map": "x", "block": 0, "row": 0}})["msg"] == "x"
