# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A set is brought back in its network namespace, and for its interfaces, whatever was known of it when it was chosen."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import restore as restoring
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.restore import Options, Restored
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.bpffs import Patience


def _tried(monkeypatch: pytest.MonkeyPatch, netns: str | None, options: Options) -> Restored:
    kept = SimpleNamespace(name="edge", netns=netns, interfaces=("eth0",), contents=())
    monkeypatch.setattr(restoring, "_read", lambda _directory, _name: (kept, ()))

    def look() -> list[object]:
        raise AssertionError("it goes on")

    monkeypatch.setattr(restoring.netlink, "interfaces", look)
    return restoring._tried("edge", options, Patience(1), {})


@pytest.mark.parametrize(("its", "asked"), [("blue", None), (None, "blue"), ("blue", "red")])
def test_not_in_another_network_namespace(monkeypatch: pytest.MonkeyPatch, its: str | None, asked: str | None) -> None:
    found = _tried(monkeypatch, its, Options("/nowhere", False, netns=asked))
    assert "is kept for" in found.error


def test_not_for_an_interface_that_it_is_not_kept_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _tried(monkeypatch, None, Options("/nowhere", False, interface="eth9")) == Restored("edge")


@pytest.mark.parametrize("interface", [None, "eth0"])
def test_otherwise_it_is(monkeypatch: pytest.MonkeyPatch, interface: str | None) -> None:
    with pytest.raises(AssertionError, match="it goes on"):
        _tried(monkeypatch, "blue", Options("/nowhere", False, interface=interface, netns="blue"))
