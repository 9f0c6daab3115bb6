# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xdp_compile's dest is the old file or the new one, with its mode, wherever a run is struck.

The module runs in a child, in which those calls of the system that change files
are struck, one after the other, until there is none left to strike at.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._disk.replace import remove_left_over, replace
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.modules import xdp_compile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import BARE, SPEC

_CALLS = ("open", "fsync", "chmod", "chown", "rename", "unlink")
_OLD, _NEW = (spec_text.to_text(BARE), 0o644), (spec_text.to_text(SPEC), 0o600)


class Effect(NamedTuple):
    error: int = 0
    before: int = 0
    after: int = 0


EFFECTS = {
    "killed": Effect(after=signal.SIGKILL),
    **{f"{each.name} before": Effect(before=each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)},
    **{f"{each.name} after": Effect(after=each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)},
    **{errno.errorcode[code]: Effect(error=code) for code in (errno.EPERM, errno.ENOSPC, errno.EIO)},
}


def struck(effect: Effect, number: int, hit: Callable[[], Any]) -> None:
    count = 0

    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            if real is real_open and not arguments[1] & os.O_CREAT:
                return real(*arguments, **options)
            count += 1
            if count != number:
                return real(*arguments, **options)
            hit()
            if effect.error:
                raise OSError(effect.error, os.strerror(effect.error))
            if effect.before:
                os.kill(os.getpid(), effect.before)
            result = real(*arguments, **options)
            if effect.after:
                os.kill(os.getpid(), effect.after)
            return result

        return call

    real_open = os.open
    for name in _CALLS:
        setattr(os, name, around(getattr(os, name)))


def run(directory: Path, effect: Effect | None = None, number: int = 0, mode: str | None = "0600") -> tuple[bool, int]:
    """Returns whether there was a call to strike at, and the status of the child."""
    arguments = directory.parent / "arguments.json"
    options: dict[str, Any] = {"src": "x.o", "dest": f"{directory}/prog.json", "mode": mode}
    options["xdp_internal"] = {"object": spec_text.to_json(SPEC)}
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 11
        with contextlib.suppress(BaseException):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            sys.argv = ["xdp_compile", str(arguments)]
            if effect:
                struck(effect, number, lambda: os.write(write, b"x"))
            try:
                xdp_compile.main()
            except SystemExit as end:
                status = int(end.code or 0)
        os._exit(status)
    os.close(write)
    status = os.waitpid(child, 0)[1]
    hit = bool(os.read(read, 1))
    os.close(read)
    return hit, status


def state(directory: Path) -> tuple[str, int]:
    path = directory / "prog.json"
    return path.read_text(), path.stat().st_mode & 0o777


@pytest.mark.parametrize("name", EFFECTS)
def test_the_file_is_the_old_one_or_the_new_one(tmp_path: Path, name: str) -> None:
    directory = tmp_path / "objects"
    directory.mkdir()
    points = 0
    while True:
        (directory / "prog.json").write_text(_OLD[0])
        (directory / "prog.json").chmod(_OLD[1])
        hit, status = run(directory, EFFECTS[name], points + 1)
        if os.WIFSIGNALED(status):
            assert state(directory) in (_OLD, _NEW)
        else:
            assert state(directory) == (_OLD if status else _NEW)
            assert os.listdir(directory) == ["prog.json"]
        assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) in (0, 1)
        assert run(directory) == (False, 0)
        assert state(directory) == _NEW
        assert os.listdir(directory) == ["prog.json"]
        if not hit:
            break
        points += 1
    assert points >= 4


def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    directory = tmp_path / "objects"
    directory.mkdir()
    umask = os.umask(0o027)
    try:
        assert run(directory, mode=None) == (False, 0)
    finally:
        os.umask(umask)
    assert state(directory) == (_NEW[0], 0o640)


def test_a_file_keeps_the_mode_that_it_has(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    path = tmp_path / "objects" / "prog.json"
    path.write_text("")
    path.chmod(0o604)
    assert run(tmp_path / "objects", mode=None) == (False, 0)
    assert state(tmp_path / "objects") == (_NEW[0], 0o604)


def test_a_file_of_a_run_at_work_is_left_alone(tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / ".prog.json.xdp-compile-abc"
    with open(path, "wb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        remove_left_over(str(tmp_path), ".prog.json.xdp-compile-")
        assert path.exists()
    remove_left_over(str(tmp_path), ".prog.json.xdp-compile-")
    assert not path.exists()


def test_a_temporary_file_that_another_run_has_removed_is_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    really, path = fcntl.flock, tmp_path / "object"
    removed: list[str] = []

    def flock(fd: int, operation: int) -> None:
        # Between the making of the file and its lock.
        if not removed:
            removed.extend(os.listdir(tmp_path))
            remove_left_over(str(tmp_path), f".{path.name}.xdp-compile-")
        really(fd, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    replace(str(path), "new", lambda _temporary: None)
    assert len(removed) == 1 and os.listdir(tmp_path) == [path.name] and path.read_text() == "new"
