# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contents of maps beside the sets that name them."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, file_steps, installed
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files, Outdated
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import stored
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept import Header
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents

ONE, TWO, THREE = b"one", b"two", b"three"


def sha256(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()


def contents(*tables: bytes, interfaces: tuple[str, ...] = ()) -> tuple[KeptContents, ...]:
    return tuple(KeptContents(f"map{n}", sha256(each), 1, interfaces=interfaces) for n, each in enumerate(tables))


def keep(
    root: Path,
    name: str,
    *tables: bytes,
    gone: bool = False,
    check_mode: bool = False,
    interfaces: tuple[str, ...] = (),
    made_of: tuple[KeptContents, ...] | None = None,
) -> Files:
    header = Header(kept.FORMAT_WITH_CONTENTS, name, "/sys/fs/bpf", "", "0" * 64, None, ("eth0",), "auto", "auto")
    text = header._replace(contents=contents(*tables, interfaces=interfaces)).to_line() + '{"object":{}}\n'
    files = Files(str(root / "sets"), str(root / "bin" / "ebpf-xdp"), check_mode, archive.build)
    files.keep(name, None if gone else text, {sha256(each): each for each in tables}, made_of)
    return files


def tree(root: Path) -> dict[str, object]:
    """Everything below, with contents."""
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in root.rglob("*")
    }


def tables(root: Path) -> list[bytes]:
    directory = root / "sets" / stored.DIRECTORY
    return [path.read_bytes() for path in sorted(directory.iterdir())] if directory.is_dir() else []


@pytest.fixture(autouse=True)
def _program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "build", lambda: installed.BEGINNING + b"the program")


def test_contents_lie_beside_the_set_that_names_them_and_go_with_it(tmp_path: Path) -> None:
    files = keep(tmp_path, "edge", ONE, TWO)
    assert files.changed and files.after["contents"] == {sha256(each): "present" for each in (ONE, TWO)}
    file = Path(stored.path(str(tmp_path / "sets"), sha256(ONE)))
    assert file.read_bytes() == ONE and file.stat().st_mode & 0o777 == 0o600 and not file.name.endswith(".json")
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert not keep(tmp_path, "edge", ONE, TWO).changed
    assert sorted(tables(tmp_path)) == sorted([ONE, TWO])
    files = keep(tmp_path, "edge", TWO)
    assert files.before["contents"] == {sha256(ONE): "present"} and tables(tmp_path) == [TWO]
    keep(tmp_path, "edge")
    assert not file.parent.exists()
    keep(tmp_path, "edge", ONE)
    keep(tmp_path, "edge", gone=True)
    assert not (tmp_path / "sets").exists()


def test_check_mode_foresees_it(tmp_path: Path) -> None:
    keep(tmp_path, "edge", ONE)
    before = tree(tmp_path)
    foreseen = keep(tmp_path, "edge", TWO, check_mode=True)
    assert tree(tmp_path) == before
    done = keep(tmp_path, "edge", TWO)
    assert (foreseen.changed, foreseen.before, foreseen.after) == (True, done.before, done.after)


def test_two_sets_may_share_one(tmp_path: Path) -> None:
    keep(tmp_path, "edge", ONE)
    keep(tmp_path, "other", ONE, TWO)
    keep(tmp_path, "other", gone=True)
    assert tables(tmp_path) == [ONE]


def test_a_file_with_other_content_is_put_right(tmp_path: Path) -> None:
    keep(tmp_path, "edge", ONE)
    Path(stored.path(str(tmp_path / "sets"), sha256(ONE))).write_bytes(TWO)
    assert keep(tmp_path, "edge", ONE).changed
    assert tables(tmp_path) == [ONE]


def test_what_a_damaged_set_may_name_stays(tmp_path: Path) -> None:
    keep(tmp_path, "edge", ONE)
    keep(tmp_path, "other", TWO)
    (tmp_path / "sets" / "other.json").chmod(0o666)  # which root may put right
    keep(tmp_path, "edge", THREE)
    assert sorted(tables(tmp_path)) == sorted([ONE, TWO, THREE])
    (tmp_path / "sets" / "other.json").chmod(0o600)
    assert keep(tmp_path, "edge", THREE).changed
    assert sorted(tables(tmp_path)) == sorted([TWO, THREE])


def test_files_of_others_stay_and_what_a_killed_run_has_left_goes(tmp_path: Path) -> None:
    keep(tmp_path, "edge", ONE)
    directory = tmp_path / "sets" / stored.DIRECTORY
    theirs = [directory / "notes", directory / f"{sha256(TWO)}.packed~", directory / sha256(TWO)]
    for path in theirs:
        path.touch()
    (directory / f"{sha256(THREE)}.packed").mkdir()
    (directory / ".ebpf-xdp-0123abcd-xyz").write_text("half")
    (directory / f"{sha256(TWO)}.packed").write_bytes(TWO)  # of a run that was killed before it wrote the set
    assert keep(tmp_path, "edge", ONE, check_mode=True).changed
    assert keep(tmp_path, "edge", ONE).changed
    assert [path for path in theirs if not path.exists()] == []
    left = sorted([*(path.name for path in theirs), f"{sha256(ONE)}.packed", f"{sha256(THREE)}.packed"])
    assert sorted(os.listdir(directory)) == left
    assert not keep(tmp_path, "edge", ONE).changed
    files = keep(tmp_path, "edge", gone=True)
    assert [each for each in files.warnings if each.startswith(f"{directory} stays, because something else is kept")]


def test_a_loosened_directory_with_contents_is_closed_again(tmp_path: Path) -> None:
    keep(tmp_path, "edge", ONE)
    for path in (tmp_path / "sets", tmp_path / "sets" / stored.DIRECTORY):
        path.chmod(0o755)
    keep(tmp_path, "edge", ONE)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "sets", tmp_path / "sets" / stored.DIRECTORY)} == {
        0o700
    }


def test_interfaces_that_entries_name_are_waited_for(tmp_path: Path) -> None:
    keep(tmp_path, "edge", ONE, interfaces=("eth7", "a b", "../x"))
    assert sorted(os.listdir(tmp_path / "sets" / "interfaces")) == ["eth0", "eth7"]


def test_a_run_that_another_one_has_overtaken_changes_nothing(tmp_path: Path) -> None:
    keep(tmp_path, "edge", ONE, made_of=())
    keep(tmp_path, "edge", TWO, made_of=contents(ONE))
    before = tree(tmp_path)
    for made_of in ((), contents(ONE)):
        with pytest.raises(Outdated):
            keep(tmp_path, "edge", THREE, made_of=made_of)
    assert tree(tmp_path) == before


def _reads(number: int) -> bytes:
    """A boot program that reads formats up to this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "LATEST", number)
        return _BUILD()


_BUILD = archive.build


@pytest.mark.parametrize("number", [kept.LATEST + 1, 1000])
def test_the_program_of_a_later_version_is_not_replaced(tmp_path: Path, number: int) -> None:
    keep(tmp_path, "edge", ONE)
    program = tmp_path / "bin" / "ebpf-xdp"
    program.write_bytes(_reads(number))
    before = tree(tmp_path)
    for options in ({}, {"check_mode": True}):
        with pytest.raises(
            XdpError, match=f"of a later version of the collection: it reads saved sets up to format {number}"
        ):
            keep(tmp_path, "edge", TWO, **options)  # type: ignore[arg-type]
    assert tree(tmp_path) == before
    keep(tmp_path, "edge", gone=True)  # nothing is kept for it any more
    assert not program.exists()


@pytest.mark.parametrize("number", [1, kept.LATEST])
def test_one_of_this_or_an_earlier_version_is(tmp_path: Path, number: int) -> None:
    keep(tmp_path, "edge", ONE)
    (tmp_path / "bin" / "ebpf-xdp").write_bytes(_reads(number))
    assert keep(tmp_path, "edge", ONE).changed


def _begin_nothing(root: Path) -> None:
    pass


def _begin_old(root: Path) -> None:
    keep(root, "edge", ONE, TWO, interfaces=("eth1",))


def _end_new(root: Path) -> None:
    keep(root, "edge", TWO, THREE, interfaces=("eth2",))


def _end_gone(root: Path) -> None:
    keep(root, "edge", gone=True)


def _strike(
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    strike: Callable[[Callable[[], object]], object],
    run: Callable[[], None],
) -> bool:
    """Run with the call of this number struck; whether there was one."""
    real = getattr(os, call)
    calls = 0

    def struck(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1

        def act() -> object:
            return real(*arguments, **options)

        return strike(act) if calls - 1 == number else act()

    with monkeypatch.context() as patch:
        patch.setattr(os, call, struck)
        run()
    return calls > number


CALLS = ("rename", "unlink", "rmdir", "mkdir", "link", "fsync", "fchmod")


@pytest.mark.parametrize("begin", [_begin_nothing, _begin_old])
@pytest.mark.parametrize("end", [_end_new, _end_gone])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("happens", [False, True], ids=["before", "after"])
def test_a_failure_anywhere_leaves_all_old_or_all_new(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Path], None],
    end: Callable[[Path], None],
    call: str,
    happens: bool,
) -> None:
    def refuse(act: Callable[[], object]) -> object:
        if happens:
            act()
        raise OSError(errno.ENOSPC, "No space", "nonsense")

    begin(tmp_path / "wanted")
    end(tmp_path / "wanted")
    new = tree(tmp_path / "wanted")
    for number in range(60):
        root = tmp_path / str(number)
        begin(root)
        before = tree(root)
        is_new = True

        def run() -> None:
            nonlocal is_new
            try:
                end(root)  # noqa: B023
            except XdpError as error:
                is_new = False
                assert "While undoing" not in str(error)

        hit = _strike(monkeypatch, call, number, refuse, run)
        now = tree(root)
        if is_new:  # a second name of an old file may be left, for the next run
            now = {name: content for name, content in now.items() if "/.ebpf-xdp-" not in name}
        assert now == (new if is_new else before)
        end(root)
        assert tree(root) == new
        if not hit:
            return
    pytest.fail("it never ends")


@pytest.mark.parametrize("begin", [_begin_nothing, _begin_old])
@pytest.mark.parametrize("end", [_end_new, _end_gone])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("happens", [False, True], ids=["before", "after"])
def test_whenever_it_is_killed_a_set_has_all_its_contents(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Path], None],
    end: Callable[[Path], None],
    call: str,
    happens: bool,
) -> None:
    def die(act: Callable[[], object]) -> object:
        try:
            return act() if happens else None
        finally:
            os._exit(2)

    begin(tmp_path / "wanted")
    end(tmp_path / "wanted")
    new = tree(tmp_path / "wanted")
    for number in range(60):
        root = tmp_path / str(number)
        begin(root)
        old = tree(root)
        child = os.fork()
        if child == 0:
            status = 3
            with suppress(BaseException):
                status = 3 if _strike(monkeypatch, call, number, die, lambda: end(root)) else 0  # noqa: B023
            os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, 2)
        file = root / "sets" / "edge.json"
        if file.exists():
            assert file.read_bytes() in [each["sets/edge.json"][1] for each in (old, new) if "sets/edge.json" in each]  # type: ignore[index]
            header = kept.header(str(root / "sets"), "edge")
            assert header is not None
            for each in header.contents:
                stored.read(str(root / "sets"), each.digest)
            markers = set(os.listdir(root / "sets" / "interfaces"))
            assert header.awaits() <= markers
        end(root)
        assert tree(root) == new
        if status == 0:
            return
    pytest.fail("it never ends")


def test_contents_are_on_the_disk_before_the_set_and_old_ones_go_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, "edge", ONE)
    done: list[str] = []
    real = file_steps.sync_directory
    monkeypatch.setattr(file_steps, "sync_directory", lambda path: (done.append(f"sync {Path(path).name}"), real(path)))
    for call in ("rename", "unlink"):

        def watched(*paths: str, call: str = call, act: Callable[..., None] = getattr(os, call)) -> None:
            act(*paths)
            if not Path(paths[-1]).name.startswith("."):
                done.append(f"{call} {Path(paths[-1]).name}")

        monkeypatch.setattr(os, call, watched)
    keep(tmp_path, "edge", TWO)
    assert done == [
        f"rename {sha256(TWO)}.packed",
        "sync contents",
        "sync sets",
        "rename edge.json",
        "sync sets",
        f"unlink {sha256(ONE)}.packed",
    ]
