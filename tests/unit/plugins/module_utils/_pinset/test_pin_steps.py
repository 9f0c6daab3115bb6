# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Those steps that any file system can take."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.pin_steps import (
    CommitPin,
    MakeDirectory,
    RemoveDirectory,
    RenamePin,
    Unpin,
    WriteRecord,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.plan import Plan


def tree(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def test_make_directory_makes_what_is_missing_above_it_for_its_owner_alone(tmp_path: Path) -> None:
    MakeDirectory(f"{tmp_path}/ansible/edge/maps").do()
    assert tree(tmp_path) == ["ansible", "ansible/edge", "ansible/edge/maps"]
    for name in tree(tmp_path):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o700


def test_make_directory_takes_back_what_it_made_where_others_could_replace_it(tmp_path: Path) -> None:
    (tmp_path / "ansible").mkdir()
    (tmp_path / "ansible").chmod(0o777)  # as somebody else made it, a moment before
    with pytest.raises(XdpError, match="ansible can be written to by others"):
        MakeDirectory(f"{tmp_path}/ansible/edge/maps").do()
    assert tree(tmp_path) == ["ansible"]


def test_make_directory_undone_removes_only_what_it_made(tmp_path: Path) -> None:
    (tmp_path / "ansible").mkdir()
    step = MakeDirectory(f"{tmp_path}/ansible/edge/maps")
    step.do()
    step.undo()
    assert tree(tmp_path) == ["ansible"]


def test_make_directory_leaves_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "ansible").mkdir(mode=0o755)
    step = MakeDirectory(f"{tmp_path}/ansible")
    step.do()
    step.undo()
    assert tree(tmp_path) == ["ansible"]


def test_make_directory_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    plan = Plan()
    plan.add(MakeDirectory(f"{tmp_path}/ansible/{'x' * 300}"))
    with pytest.raises(XdpError, match=r"File name too long\. What was there before is still in force\.$"):
        plan.apply()
    assert tree(tmp_path) == []


def test_remove_directory_and_undo(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    step = RemoveDirectory(f"{tmp_path}/maps")
    step.do()
    assert tree(tmp_path) == []
    step.undo()
    assert tree(tmp_path) == ["maps"]
    assert (tmp_path / "maps").stat().st_mode & 0o777 == 0o700


def test_remove_directory_takes_nothing_with_it(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "foreign").touch()
    with pytest.raises(OSError, match="Directory not empty"):
        RemoveDirectory(f"{tmp_path}/maps").do()
    assert tree(tmp_path) == ["maps", "maps/foreign"]


def test_rename_pin_and_undo(tmp_path: Path) -> None:
    (tmp_path / "eth0").write_text("the link")
    step = RenamePin(f"{tmp_path}/eth0", f"{tmp_path}/wan")
    step.do()
    assert tree(tmp_path) == ["wan"]
    step.undo()
    assert tree(tmp_path) == ["eth0"]
    assert (tmp_path / "eth0").read_text() == "the link"


def test_commit_pin_puts_the_staged_one_over_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("old")
    (tmp_path / "pass~").write_text("new")
    CommitPin(f"{tmp_path}/pass~", f"{tmp_path}/pass", -1).do()
    assert tree(tmp_path) == ["pass"]
    assert (tmp_path / "pass").read_text() == "new"


def test_unpin_removes_and_does_not_mind_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / "stats").touch()
    step = Unpin(-1, f"{tmp_path}/stats")
    step.do()
    assert tree(tmp_path) == []
    step.do()


@pytest.mark.parametrize(
    ("old", "new"),
    [(None, "new"), ("old", "new"), ("old", None), (None, None)],
)
def test_write_record_and_undo(tmp_path: Path, old: str | None, new: str | None) -> None:
    path = f"{tmp_path}/record"
    if old:
        os.symlink(old, path)
    step = WriteRecord(path, old, new)
    step.do()
    assert {name: os.readlink(f"{tmp_path}/{name}") for name in os.listdir(tmp_path)} == (
        {"record": new} if new else {}
    )
    step.undo()
    assert {name: os.readlink(f"{tmp_path}/{name}") for name in os.listdir(tmp_path)} == (
        {"record": old} if old else {}
    )


@pytest.mark.parametrize("old", [None, "old", pytest.param("o" * 9000, id="long old")])
@pytest.mark.parametrize("new", [None, "new", pytest.param("n" * 9000, id="long new")])
def test_write_record_is_done_when_what_is_read_is_what_was_to_be_written(
    tmp_path: Path, old: str | None, new: str | None
) -> None:
    path = f"{tmp_path}/record"
    WriteRecord(path, None, old).do()
    before = sorted(os.listdir(tmp_path))
    step = WriteRecord(path, old, new)
    assert step.is_done() == (old == new)
    step.do()
    assert step.is_done()
    step.undo()
    assert sorted(os.listdir(tmp_path)) == before
    assert step.is_done() == (old == new)


def test_write_record_asks_for_a_text_that_is_known_only_at_the_end(tmp_path: Path) -> None:
    links: list[str] = []
    step = WriteRecord(f"{tmp_path}/record", None, lambda: f"links {links}")
    links.append("eth0")
    step.do()
    assert os.readlink(tmp_path / "record") == "links ['eth0']"
    assert step.is_done()


@pytest.mark.parametrize("new", ["new", None])
def test_write_record_clears_away_what_a_killed_run_left(tmp_path: Path, new: str | None) -> None:
    os.symlink("half done", tmp_path / "record~")
    WriteRecord(f"{tmp_path}/record", None, new).do()
    assert os.listdir(tmp_path) == (["record"] if new else [])
