# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


def text(*interfaces: str) -> str:
    return json.dumps({"interfaces": list(interfaces)})


def keep(root: Path, name: str, content: str | None, check_mode: bool = False) -> Files:
    files = Files(str(root / "sets"), str(root / "bin" / "ebpf-xdp"), check_mode)
    files.keep(name, content)
    return files


def found(root: Path) -> dict[str, int]:
    """Paths below the root, with their permissions."""
    return {str(path.relative_to(root)): path.stat().st_mode & 0o777 for path in root.rglob("*")}


def test_keeps_a_set_with_its_program(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir(mode=0o755)
    files = keep(tmp_path, "edge", text("eth0"))
    assert files.changed and files.names == ["edge"]
    assert found(tmp_path) == {
        "bin": 0o755,
        "bin/ebpf-xdp": 0o755,
        "sets": 0o700,
        "sets/edge.json": 0o600,
        "sets/interfaces": 0o700,
        "sets/interfaces/eth0": 0o600,
    }


def test_a_second_time_there_is_nothing_to_do(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    assert not keep(tmp_path, "edge", text("eth0")).changed


def test_check_mode_foresees_and_changes_nothing(tmp_path: Path) -> None:
    files = keep(tmp_path, "edge", text("eth0"), check_mode=True)
    assert files.changed and files.names == ["edge"]
    assert found(tmp_path) == {}
    keep(tmp_path, "edge", text("eth0"))
    before = found(tmp_path)
    files = keep(tmp_path, "edge", None, check_mode=True)
    assert files.changed and files.names == []
    assert found(tmp_path) == before


def test_interfaces_are_those_of_all_sets(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0", "bond0"))
    keep(tmp_path, "other", text("bond0", "../escape", "", ".."))
    assert sorted(path.name for path in (tmp_path / "sets" / "interfaces").iterdir()) == ["bond0", "eth0"]
    keep(tmp_path, "edge", text("eth1"))
    assert sorted(path.name for path in (tmp_path / "sets" / "interfaces").iterdir()) == ["bond0", "eth1"]


def test_the_last_set_takes_all_with_it(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    keep(tmp_path, "other", text())
    assert keep(tmp_path, "edge", None).names == ["other"]
    assert "bin/ebpf-xdp" in found(tmp_path)
    keep(tmp_path, "other", None)
    assert [path for path in found(tmp_path) if path != "bin"] == []
    assert not keep(tmp_path, "other", None).changed


def test_a_damaged_set_is_left_alone_and_does_no_harm(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    (tmp_path / "sets" / "bad.json").write_bytes(b"\xff{")
    files = keep(tmp_path, "edge", text("eth1"))
    assert files.names == ["bad", "edge"]
    assert (tmp_path / "sets" / "bad.json").read_bytes() == b"\xff{"


def test_permissions_that_were_loosened_are_put_right(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text())
    (tmp_path / "sets").chmod(0o755)
    (tmp_path / "sets" / "edge.json").chmod(0o666)
    assert keep(tmp_path, "edge", text()).changed
    assert found(tmp_path)["sets"] == 0o700 and found(tmp_path)["sets/edge.json"] == 0o600


def test_what_is_no_file_of_a_set_does_no_harm(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    sets = tmp_path / "sets"
    (sets / "a b.json").touch()
    (sets / "directory.json").mkdir()
    os.mkfifo(sets / "pipe.json")
    (sets / "link.json").symlink_to("edge.json")
    (sets / "others.json").write_text(text("eth7"))
    (sets / "others.json").chmod(0o666)
    files = keep(tmp_path, "edge", text("eth1"))
    assert files.names == ["directory", "edge", "link", "others", "pipe"]
    assert [path.name for path in (sets / "interfaces").iterdir()] == ["eth1"]


def test_no_marker_has_a_name_that_no_interface_has(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0", "x" * 300, "a\0b", "a b", "../../escape", "eth0/x"))
    assert [path.name for path in (tmp_path / "sets" / "interfaces").iterdir()] == ["eth0"]


def test_nothing_is_kept_where_others_could_replace_it(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets").chmod(0o777)
    with pytest.raises(XdpError, match="is not safe"):
        keep(tmp_path, "edge", text("eth0"))
    assert list((tmp_path / "sets").iterdir()) == []


def test_a_careless_umask_opens_nothing(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Files(str(tmp_path / "a" / "b" / "sets"), str(tmp_path / "c" / "d" / "run"), False).keep("edge", text("eth0"))
    finally:
        os.umask(old)
    assert {name: oct(mode) for name, mode in found(tmp_path).items() if mode & 0o022} == {}
