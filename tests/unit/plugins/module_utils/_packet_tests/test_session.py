# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.session import Session, find, parse


@pytest.mark.parametrize(
    ("text", "session"),
    [
        ("192.0.2.9 40000 192.0.2.1 22", Session("192.0.2.9", 40000, "192.0.2.1", 22)),
        ("2001:db8::9 40000 2001:db8::1 2222", Session("2001:db8::9", 40000, "2001:db8::1", 2222)),
        ("fe80::9%eth0 40000 fe80::1%eth0 22", Session("fe80::9", 40000, "fe80::1", 22, "eth0")),
    ],
)
def test_what_sshd_says(text: str, session: Session) -> None:
    assert parse(text) == session


@pytest.mark.parametrize(
    "text",
    [
        "",
        "UNKNOWN 65535 UNKNOWN 65535",
        "192.0.2.9 40000 192.0.2.1",
        "192.0.2.9 40000 192.0.2.1 22 more",
        "192.0.2.9 40000 192.0.2.1 65536",
        "192.0.2.9 0 192.0.2.1 22",
        "192.0.2.9 -1 192.0.2.1 22",
        "192.0.2.9 40000 2001:db8::1 22",
        "host 40000 192.0.2.1 22",
    ],
)
def test_what_sshd_never_says(text: str) -> None:
    assert parse(text) is None


def _process(proc: Path, pid: str, parent: int, *environment: str, name: str = "sh") -> None:
    (proc / pid).mkdir()
    (proc / pid / "environ").write_bytes(b"\0".join(each.encode() for each in environment) + b"\0")
    (proc / pid / "stat").write_text(f"7 ({name}) S {parent} 7 7 0 -1" + " 0" * 13 + " 5 0")


def test_the_nearest_ancestor_counts(tmp_path: Path) -> None:
    _process(tmp_path, "self", 20, "PATH=/bin", "SSH_CONNECTION_OLD=1")
    _process(tmp_path, "20", 19, "SUDO_USER=me", name="a) S 1 (b")
    _process(tmp_path, "19", 18, "SSH_CONNECTION=192.0.2.9 40000 192.0.2.1 22", "HOME=/")
    _process(tmp_path, "18", 0, "SSH_CONNECTION=192.0.2.8 40000 192.0.2.1 22")
    assert find(str(tmp_path)) == Session("192.0.2.9", 40000, "192.0.2.1", 22)


def test_without_one(tmp_path: Path) -> None:
    _process(tmp_path, "self", 20)
    _process(tmp_path, "20", 0, "SSH_CONNECTION=nonsense")
    assert find(str(tmp_path)) is None


def test_an_ancestor_that_has_gone_or_cannot_be_read(tmp_path: Path) -> None:
    _process(tmp_path, "self", 20)
    assert find(str(tmp_path)) is None
    (tmp_path / "20").mkdir()
    (tmp_path / "20" / "stat").write_text("20 (sudo) S 19" + " 0" * 17 + " 5 0")
    _process(tmp_path, "19", 1, "SSH_CONNECTION=192.0.2.9 40000 192.0.2.1 22")
    assert find(str(tmp_path)) == Session("192.0.2.9", 40000, "192.0.2.1", 22)
    (tmp_path / "20" / "stat").write_text("20")
    assert find(str(tmp_path)) is None


def test_a_circle_ends(tmp_path: Path) -> None:
    _process(tmp_path, "self", 20)
    _process(tmp_path, "20", 20)
    assert find(str(tmp_path)) is None


def test_of_this_process() -> None:
    """On the real /proc: init has none, and all that is above is readable or is not."""
    found = find()
    assert found is None or found.port
    assert os.path.exists("/proc/self/environ")
