# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is taken for a network namespace, and what is refused before anything is entered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import namespace, netns
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace


def test_a_name_is_that_of_ip_netns_and_a_path_is_itself() -> None:
    assert netns.path_of("blue") == "/run/netns/blue"
    assert netns.path_of("/proc/1/ns/net") == "/proc/1/ns/net"


@pytest.mark.parametrize("given", ["", ".", "..", "a/b", "../proc/1/ns/net", "x" * 256, "a\0b"])
def test_what_is_neither_is_refused(given: str) -> None:
    with pytest.raises(XdpError, match="neither the name of a network namespace"):
        netns.enter(given)


def test_an_unknown_name_is_answered_with_those_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netns, "DIRECTORY", str(tmp_path))
    (tmp_path / "blue").touch()
    with pytest.raises(XdpError, match=r"there is no network namespace bleu .*blue"):
        netns.enter("bleu")


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(XdpError, match="there is no /nonexistent/net"):
        netns.enter("/nonexistent/net")


def test_what_is_no_namespace_is_neither_opened_nor_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "file", Path("/dev/null")):
        with pytest.raises(XdpError, match=f"{path} is not a network namespace$"):
            netns.enter(str(path))
    monkeypatch.setattr(netns, "DIRECTORY", str(tmp_path))
    with pytest.raises(XdpError, match="ip netns delete file"):
        netns.enter("file")


def test_a_namespace_of_another_kind_is_refused() -> None:
    with pytest.raises(XdpError, match="/proc/self/ns/mnt is not a network namespace"):
        netns.enter("/proc/self/ns/mnt")


def test_one_that_nobody_has_is_not_found() -> None:
    assert netns.find(NetworkNamespace(1, 2, 3)) is None
    assert netns.name_of(NetworkNamespace(1, 2, 3)) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter a namespace")
def test_the_present_one_is_found_and_an_older_one_of_its_inode_is_not() -> None:
    here = namespace.current()
    path = netns.find(here)
    assert path is not None and os.path.samefile(path, "/proc/self/ns/net")
    if here.cookie:
        assert netns.find(here._replace(cookie=here.cookie + 1000)) is None
    assert namespace.current() == here


def test_advice() -> None:
    assert netns.advice("blue") == "Give netns: blue"
    assert netns.advice("/proc/1/ns/net") == "Leave netns out"
