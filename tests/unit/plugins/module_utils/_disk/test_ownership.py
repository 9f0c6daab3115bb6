# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose every step of a path is. As root there are users to give things to; as anybody else there is one's own alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._disk.ownership import weakness
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


def made(path: Path, mode: int) -> Path:
    path.mkdir()
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o500, 0o1755])
def test_a_directory_of_one_s_own_is_safe(tmp_path: Path, mode: int) -> None:
    assert weakness(str(made(tmp_path / "sets", mode))) is None


@pytest.mark.parametrize("path", ["/", "/proc", "/proc/self", "/nowhere/at/all", "/etc/passwd", "//etc//.//passwd"])
def test_what_is_root_s_is_safe_and_what_is_not_there_too(path: str) -> None:
    assert weakness(path) is None


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777, 0o1777, 0o1770])
def test_one_that_others_can_write_to_is_not(tmp_path: Path, mode: int) -> None:
    path = made(tmp_path / "sets", mode)
    assert weakness(str(path)) == f"{path} can be written to by others (mode {mode:04o})"


@pytest.mark.parametrize(("mode", "safe"), [(0o1777, True), (0o1770, True), (0o777, False), (0o720, False)])
def test_above_it_the_sticky_bit_will_do(tmp_path: Path, mode: int, safe: bool) -> None:
    above = made(tmp_path / "mount", mode)
    assert (weakness(str(above / "not_made_yet")) is None) == safe
    made(above / "sets", 0o700)
    assert (weakness(str(above / "sets")) is None) == safe


def test_the_way_through_a_link_counts(tmp_path: Path) -> None:
    weak = made(tmp_path / "weak", 0o777)
    made(weak / "sets", 0o700)
    made(tmp_path / "good", 0o700)
    (tmp_path / "absolute").symlink_to(weak)
    (tmp_path / "good" / "relative").symlink_to("../weak/sets")
    (tmp_path / "fine").symlink_to("good/./../good")
    assert weakness(str(tmp_path / "absolute" / "sets")) == f"{weak} can be written to by others (mode 0777)"
    assert weakness(str(tmp_path / "good" / "relative")) == f"{weak} can be written to by others (mode 0777)"
    assert weakness(str(tmp_path / "fine")) is None


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert "one of too many symbolic links" in str(weakness(str(tmp_path / "a")))


def test_a_zero_byte_names_nothing() -> None:
    assert weakness("/etc/\0x") is None


@pytest.mark.parametrize("kind", ["directory", "link", "above"])
def test_what_belongs_to_another_user_is_not_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = made(tmp_path / "sets", 0o700)
    link = tmp_path / "link"
    link.symlink_to("/etc")
    suspect = {"directory": path, "link": link, "above": path}[kind]
    if os.geteuid() == 0:
        os.chown(suspect, 65534, 65534, follow_symlinks=False)
        owner = 65534
    else:  # the others' way round: all is ours, and we are somebody else
        owner = os.geteuid()
        suspect = tmp_path
        while suspect.parent.stat().st_uid == owner:
            suspect = suspect.parent
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    asked = {"directory": path, "link": link / "x", "above": path / "edge" / "maps"}[kind]
    assert weakness(str(asked)) == f"{suspect} belongs to the user with the number {owner}"


def test_the_refusal_says_what_to_do(tmp_path: Path) -> None:
    path = made(tmp_path / "sets", 0o777)
    ownership.require_safe(str(tmp_path))
    with pytest.raises(XdpError) as caught:
        ownership.require_safe(str(path))
    assert str(caught.value) == (
        f"{path} is not safe: {path} can be written to by others (mode 0777), who could replace what root puts there. "
        f"Remove it or give it to root alone (chown root, chmod 0700), or choose another directory"
    )
