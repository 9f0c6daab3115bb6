# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A set is tried again where its interfaces go or come while it is brought back."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import restore as restoring
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.restore import Difference, Options, Restored
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.bpffs import Patience
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink


def tries(
    monkeypatch: pytest.MonkeyPatch, interface: str | None, error: str, before: dict[str, int], after: dict[str, int]
) -> int:
    """How often a set is tried if there were these interfaces before each try, by name and index, and those after it."""
    made = []

    def tried(name: str, _options: Options, _patience: Patience, there: dict[str, int]) -> Restored:
        made.append(name)
        there.update(before)
        return Restored(name, error=error)

    monkeypatch.setattr(restoring, "_tried", tried)
    monkeypatch.setattr(netlink, "interfaces", lambda: _interfaces(after))
    restoring._one("edge", Options("/nowhere", False, interface=interface), Patience(1))
    return len(made)


def _interfaces(known: dict[str, int]) -> list[netlink.Interface]:
    return [netlink.Interface(index, name, {}) for name, index in known.items()]


HERE = {"eth0": 2, "eth1": 3}


@pytest.mark.parametrize(
    ("interface", "error", "after", "expected"),
    [
        (None, "", HERE, 1),
        (None, "", {"eth0": 2}, 1),
        (None, "no eth1", HERE, 1),
        (None, "no eth1", {"eth0": 2}, 5),
        (None, "no eth1", {}, 1),
        ("eth1", "", HERE, 1),
        ("eth1", "", {"eth0": 2}, 1),
        ("eth1", "", {"eth0": 2, "eth1": 4}, 5),
        ("eth1", "", {"eth0": 4, "eth1": 3}, 1),
        # One that was made anew while attaching to it failed, and one that the set does not name.
        ("eth1", "no device", {"eth0": 2, "eth1": 4}, 5),
        ("eth1", "no device", {**HERE, "veth9": 9}, 1),
    ],
)
def test_a_set_is_tried_again_where_interfaces_have_changed(
    monkeypatch: pytest.MonkeyPatch, interface: str | None, error: str, after: dict[str, int], expected: int
) -> None:
    assert tries(monkeypatch, interface, error, HERE, after) == expected


def test_what_an_earlier_try_did_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        Restored("edge", True, Difference(("links/eth1",)), warnings=("generic mode",)),
        Restored("edge", error="no device"),
        Restored("edge", awaited=("eth2",)),
    ]
    indices = iter([4, 5, 5])

    def tried(_name: str, _options: Options, _patience: Patience, there: dict[str, int]) -> Restored:
        there["eth1"] = 3 if len(answers) > 1 else 5
        return answers.pop(0)

    monkeypatch.setattr(restoring, "_tried", tried)
    monkeypatch.setattr(netlink, "interfaces", lambda: _interfaces({"eth1": next(indices)}))
    found = restoring._one("edge", Options("/nowhere", False, interface="eth1"), Patience(1))
    assert found == Restored("edge", True, Difference(("links/eth1",)), awaited=("eth2",), warnings=("generic mode",))


def test_what_was_removed_while_one_interface_waited_is_not_put_back_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str | None] = []

    def one(name: str, options: Options, _patience: Patience) -> Restored:
        tried.append(options.interface)
        return Restored(name, removed=True)

    header = SimpleNamespace(awaits=lambda: {"eth0", "eth1"}, pin_root="/nowhere")
    monkeypatch.setattr(restoring.kept_files, "header", lambda _directory, _name: header)
    monkeypatch.setattr(netlink, "interfaces", lambda: _interfaces(HERE))
    monkeypatch.setattr(restoring, "_one", one)
    found = restoring._only_new("edge", Options("/nowhere", False, only_new=True), Patience(1))
    assert found.removed and tried == ["eth0"]
