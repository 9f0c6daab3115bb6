# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, installed
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept import Header


def text(*interfaces: str, name: str = "edge") -> str:
    header = Header(kept.FORMAT, name, "/sys/fs/bpf/ansible", "", "0" * 64, None, interfaces, "auto", "auto")
    return header.to_line() + '{"object":{}}\n'


def keep(root: Path, name: str, content: str | None, check_mode: bool = False) -> Files:
    files = Files(str(root / "sets"), str(root / "bin" / "ebpf-xdp"), check_mode, archive.build)
    files.keep(name, content.replace('"edge"', f'"{name}"') if content else None)
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
        Files(str(tmp_path / "a" / "b" / "sets"), str(tmp_path / "c" / "d" / "run"), False, archive.build).keep(
            "edge", text("eth0")
        )
    finally:
        os.umask(old)
    assert {name: oct(mode) for name, mode in found(tmp_path).items() if mode & 0o022} == {}


OTHER_RUNS = (
    ".ebpf-xdp-abcd_123",  # of versions before the directory's digest was in it
    ".ebpf-xdp-0123abcd-xyz",
)


def test_what_a_killed_run_has_left_goes(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    prefix = Files(str(tmp_path / "sets"), "/x", False)._prefix
    mine = [tmp_path / "sets" / name for name in OTHER_RUNS]
    mine += [tmp_path / "sets" / "interfaces" / OTHER_RUNS[1], tmp_path / "bin" / OTHER_RUNS[0]]
    mine += [tmp_path / "bin" / f"{prefix}abc"]
    others = [tmp_path / "bin" / OTHER_RUNS[1], tmp_path / "bin" / ".ebpf-xdp-notes.txt"]
    for path in (*mine, *others):
        path.write_text("half")
    (tmp_path / "sets" / ".ebpf-xdp-link").symlink_to("edge.json")
    (tmp_path / "sets" / ".ebpf-xdp-directory").mkdir()
    assert keep(tmp_path, "edge", text("eth0"), check_mode=True).changed
    assert keep(tmp_path, "edge", text("eth0")).changed
    assert [path for path in mine if path.exists()] == []
    assert [path for path in others if not path.exists()] == []
    assert (
        os.path.lexists(tmp_path / "sets" / ".ebpf-xdp-link") and (tmp_path / "sets" / ".ebpf-xdp-directory").is_dir()
    )
    assert not keep(tmp_path, "edge", text("eth0")).changed


def test_absent_converges_beside_other_files_and_names_them(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    (tmp_path / "sets" / "notes").write_text("mine")
    (tmp_path / "sets" / "interfaces" / "README").write_text("not an interface")
    files = keep(tmp_path, "edge", None)
    assert files.changed
    assert files.warnings == [
        f"{tmp_path}/sets/interfaces stays, because something else is kept in it: README",
        f"{tmp_path}/sets stays, because something else is kept in it: interfaces, notes",
    ]
    assert sorted(found(tmp_path)) == ["bin", "sets", "sets/interfaces", "sets/interfaces/README", "sets/notes"]
    again = keep(tmp_path, "edge", None)
    assert not again.changed and again.warnings == files.warnings


def test_absent_takes_an_empty_directory_and_a_lone_program(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    for name in ("edge.json", "interfaces/eth0"):
        (tmp_path / "sets" / name).unlink()
    (tmp_path / "sets" / "interfaces").rmdir()
    assert keep(tmp_path, "edge", None).changed
    assert sorted(found(tmp_path)) == ["bin"]
    (tmp_path / "bin" / "ebpf-xdp").touch()
    assert keep(tmp_path, "edge", None, check_mode=True).changed
    assert keep(tmp_path, "edge", None).changed
    assert sorted(found(tmp_path)) == ["bin"]
    assert not keep(tmp_path, "edge", None).changed


def test_a_link_to_the_directory_is_followed(tmp_path: Path) -> None:
    (tmp_path / "sets").symlink_to("elsewhere")
    keep(tmp_path, "edge", text("eth0"))
    assert (tmp_path / "elsewhere" / "edge.json").exists()
    assert not keep(tmp_path, "edge", text("eth0")).changed
    keep(tmp_path, "edge", None)
    assert not (tmp_path / "elsewhere").exists()
    assert not keep(tmp_path, "edge", None).changed


def test_a_file_of_the_first_format_is_written_anew(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    file = tmp_path / "sets" / "edge.json"
    file.write_text(
        '{"attach":"auto","format":"ebpf.xdp saved set 1","interfaces":["eth0"],"mode":"auto","name":"edge",'
        f'"object":{{"digest":"{"0" * 64}","source":""}},"pin_root":"/sys/fs/bpf/ansible","program":null}}\n'
    )
    files = keep(tmp_path, "other", text("eth1"))
    assert sorted(os.listdir(tmp_path / "sets" / "interfaces")) == ["eth0", "eth1"]
    files = keep(tmp_path, "edge", text("eth0"))
    assert file.read_text() == text("eth0")
    assert (files.before["sets"]["edge"]["format"], files.after["sets"]["edge"]["format"]) == (1, 2)
    assert {**files.before["sets"]["edge"], "format": 2} == files.after["sets"]["edge"]


def test_what_a_later_version_keeps_is_not_touched(tmp_path: Path) -> None:
    keep(tmp_path, "edge", text("eth0"))
    (tmp_path / "sets" / "edge.json").write_text(text("eth0").replace("saved set 2", "saved set 6"))
    (tmp_path / "bin" / "ebpf-xdp").write_bytes(installed.BEGINNING + b"of a later version")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for name in ("edge", "other"):
        with pytest.raises(XdpError, match=r"edge\.json: a later version of the collection wrote it"):
            keep(tmp_path, name, text("eth1"))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert keep(tmp_path, "edge", None).names == []


CALLS = ("rename", "unlink", "rmdir", "mkdir", "link", "fsync", "fchmod", "chmod")


def tree(root: Path) -> dict[str, object]:
    """Everything below, with contents."""
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in root.rglob("*")
    }


def old(root: Path) -> None:
    keep(root, "edge", text("eth0", "eth1"))
    (root / "bin" / "ebpf-xdp").write_bytes(installed.BEGINNING + b"of another version")
    (root / "sets").chmod(0o755)


def nothing(root: Path) -> None:
    pass


@pytest.mark.parametrize("begin", [nothing, old])
@pytest.mark.parametrize("wanted", [text("eth1", "eth2"), None], ids=["present", "absent"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("happens", [False, True], ids=["refused", "done and then lost"])
def test_a_failure_anywhere_leaves_all_old_or_all_new(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Path], None],
    wanted: str | None,
    call: str,
    happens: bool,
) -> None:
    monkeypatch.setattr(archive, "build", lambda: installed.BEGINNING + b"the program")
    begin(tmp_path / "wanted")
    keep(tmp_path / "wanted", "edge", wanted)
    new = tree(tmp_path / "wanted")
    real = getattr(os, call)
    for number in range(50):
        root = tmp_path / str(number)
        begin(root)
        before = tree(root)
        calls = 0

        def fails(*arguments: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls - 1 != number:  # noqa: B023
                return real(*arguments, **options)
            if happens:
                real(*arguments, **options)
            raise OSError(errno.ENOSPC, "No space", "nonsense")

        with monkeypatch.context() as patch:
            patch.setattr(os, call, fails)
            try:
                keep(root, "edge", wanted)
                is_new = True
            except XdpError as error:
                is_new = False
                assert "nonsense" not in str(error) and str(root) in str(error)
                assert "While undoing" not in str(error)
        now = tree(root)
        if is_new:  # a second name of an old file may be left, for the next run
            now = {name: content for name, content in now.items() if "/.ebpf-xdp-" not in name}
        assert now == (new if is_new else before)
        keep(root, "edge", wanted)
        assert tree(root) == new
        if calls <= number:
            break
    else:
        pytest.fail("it never ends")


def test_runs_at_once_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "build", lambda: installed.BEGINNING + b"the program")
    names = ("one", "two", "three", "four")
    for round_number in range(10):
        root = tmp_path / str(round_number)
        for content in (True, False):
            children = []
            for name in names:
                child = os.fork()
                if child == 0:
                    status = 1
                    with suppress(BaseException):
                        keep(root, name, text(f"{name}0", f"{name}1", "shared") if content else None)
                        status = 0
                    os._exit(status)
                children.append(child)
            assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(names)
            if content:
                assert sorted(os.listdir(root / "sets")) == sorted([*(f"{name}.json" for name in names), "interfaces"])
                wanted = sorted(["shared", *(f"{name}{number}" for name in names for number in (0, 1))])
                assert sorted(os.listdir(root / "sets" / "interfaces")) == wanted
        assert sorted(found(root)) == ["bin"]


def test_one_who_waits_in_vain_hears_who_is_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, "edge", text("eth0"))
    monkeypatch.setattr(bpffs, "_LOCK_PATIENCE", 0)
    with bpffs.locked(str(tmp_path / "sets")), pytest.raises(
        XdpError, match=f"Another run is at work on {tmp_path}/sets"
    ):
        keep(tmp_path, "edge", text("eth1"))


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "sets").touch()
    with pytest.raises(XdpError, match=f"{tmp_path}/sets is not a directory"):
        keep(tmp_path, "edge", text("eth0"))


@pytest.mark.parametrize("content", [b"\x7fELF", b"#!/bin/sh\n", b"#!/usr/bin/env -S python3 -I\nprint()\n"])
@pytest.mark.parametrize("kept_text", [text("eth0"), None])
def test_a_program_of_somebody_else_is_neither_replaced_nor_removed(
    tmp_path: Path, content: bytes, kept_text: str | None
) -> None:
    program = tmp_path / "bin" / "ebpf-xdp"
    program.parent.mkdir()
    program.write_bytes(content)
    with pytest.raises(XdpError, match="is not the boot program of this collection"):
        keep(tmp_path, "edge", kept_text)
    assert program.read_bytes() == content
    assert not (tmp_path / "sets").exists()


def test_a_directory_that_others_use_is_not_closed_to_them(tmp_path: Path) -> None:
    directory = tmp_path / "sets"
    directory.mkdir(mode=0o755)
    (directory / "passwd").write_text("")
    with pytest.raises(XdpError, match=r"has other things in it \(passwd\).* its mode is 0755"):
        keep(tmp_path, "edge", text("eth0"))
    assert found(tmp_path) == {"sets": 0o755, "sets/passwd": 0o644}
