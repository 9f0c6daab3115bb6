# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Those steps that any file system can take."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import Step
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import (
    CommitPin,
    MakeDirectory,
    RemoveDirectory,
    RenamePin,
    Unpin,
    WriteRecord,
)


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
    with pytest.raises(
        XdpError, match=r"File name too long \(ENAMETOOLONG\)\. .* What was there before is still in force\.$"
    ):
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


def loses_answers(monkeypatch: pytest.MonkeyPatch, name: str, times: int = 1) -> None:
    """Let a function of ``os`` act and then fail, so many times."""
    real: Callable[..., Any] = getattr(os, name)
    left = [times]

    def call(*arguments: Any) -> Any:
        result = real(*arguments)
        if left[0]:
            left[0] -= 1
            raise InterruptedError(errno.EINTR, "Interrupted system call", arguments[0])
        return result

    monkeypatch.setattr(os, name, call)


def refuses(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def call(*_arguments: Any) -> Any:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, name, call)


def make(directory: Path, *names: str) -> None:
    for name in names:
        (directory / name).touch()


def steps(directory: Path) -> dict[str, Step]:
    make(directory, "link", "pass", "pass~")
    (directory / "empty").mkdir()
    os.symlink("old", directory / "record")
    return {
        "MakeDirectory": MakeDirectory(f"{directory}/ansible/edge/maps"),
        "RemoveDirectory": RemoveDirectory(f"{directory}/empty"),
        "RenamePin": RenamePin(f"{directory}/link", f"{directory}/eth0"),
        "WriteRecord": WriteRecord(f"{directory}/record", "old", "new"),
        "WriteRecord, none after": WriteRecord(f"{directory}/record", "old", None),
    }


@pytest.mark.parametrize(
    "name", ["MakeDirectory", "RemoveDirectory", "RenamePin", "WriteRecord", "WriteRecord, none after"]
)
def test_a_step_tells_from_the_file_system_whether_it_is_done(tmp_path: Path, name: str) -> None:
    step = steps(tmp_path)[name]
    assert not step.is_done()
    step.do()
    assert step.is_done()
    step.undo()
    assert not step.is_done()


CALLS = ["mkdir", "rmdir", "rename", "symlink", "unlink"]


def plan_of(directory: Path) -> Plan:
    plan = Plan()
    for name, step in steps(directory).items():
        if name != "WriteRecord, none after":
            plan.add(step)
    return plan


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("times", [1, 3])
def test_steps_whose_answers_are_lost_are_all_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, times: int
) -> None:
    plan = plan_of(tmp_path)
    loses_answers(monkeypatch, call, times)
    plan.apply()
    assert tree(tmp_path) == ["ansible", "ansible/edge", "ansible/edge/maps", "eth0", "pass", "pass~", "record"]
    assert os.readlink(tmp_path / "record") == "new"


@pytest.mark.parametrize("call", CALLS)
def test_steps_whose_answers_are_lost_meanwhile_are_all_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    class Fails(RenamePin):
        def do(self) -> None:
            loses_answers(monkeypatch, call, 2)
            super().do()

    plan = plan_of(tmp_path)
    plan.add(Fails(f"{tmp_path}/missing", f"{tmp_path}/named"))
    before = tree(tmp_path)
    with pytest.raises(
        XdpError, match=r"No such file or directory \(ENOENT\)\. What was there before is still in force\.$"
    ):
        plan.apply()
    assert tree(tmp_path) == before
    assert os.readlink(tmp_path / "record") == "old"


def test_make_directory_leaves_one_that_somebody_else_made_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "isdir", lambda path: len(path) <= len(str(tmp_path)))
    (tmp_path / "ansible").mkdir()
    plan = Plan()
    plan.add(MakeDirectory(f"{tmp_path}/ansible"))
    with pytest.raises(XdpError, match=r"File exists \(EEXIST\)\. What was there before is still in force\."):
        plan.apply()
    assert tree(tmp_path) == ["ansible"]


def test_make_directory_that_cannot_take_back_what_it_made_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses(monkeypatch, "rmdir")
    plan = Plan()
    plan.add(MakeDirectory(f"{tmp_path}/ansible/{'x' * 300}"))
    with pytest.raises(
        XdpError,
        match=r"File name too long \(ENAMETOOLONG\)\. .*While undoing, this failed too: Operation not permitted \(EPERM\)\.$",
    ):
        plan.apply()
    assert tree(tmp_path) == ["ansible"]


def test_commit_pin_is_done_until_both_pins_are_back(tmp_path: Path) -> None:
    make(tmp_path, "pass", "pass~")
    step = CommitPin(f"{tmp_path}/pass~", f"{tmp_path}/pass", -1)
    assert not step.is_done()
    step.do()
    assert step.is_done()
    (tmp_path / "pass").rename(tmp_path / "pass~")  # half of undoing
    assert step.is_done()
    make(tmp_path, "pass")
    assert not step.is_done()
