# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill a run that keeps a set for the boot, or let a call of it fail, at every call that could change something: DIRECTORY

A call that fails without a kill must leave everything as it was, or be one that the run can do without. After a kill each
kept file is the old one or the new one, each set has all its contents, and the next run makes all of it new, with nothing left over.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, installed, saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import stored
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec, ProgramSpec
from sweep import Scenario, strike

_CALLS = ("/^rename", "/^link", "/^unlink", "/^mkdir", "rmdir", "/chmod", "fsync", "write", "/^open", "flock")
_INJECTIONS = (
    *(f"signal={name}" for name in ("KILL", "INT", "TERM", "HUP")),
    *(f"error={name}" for name in ("ENOSPC", "EROFS", "EINTR")),
)

# How a run ends by itself, and how one that a signal has ended before it began.
_DONE, _REFUSED, _INTERRUPTED = 0, 1, 12

Tree = dict[str, tuple[int, bytes]]


class Change(NamedTuple):
    name: str
    before: Callable[[str], None]
    run: Callable[[str], None]


def _text(name: str, licence: str, *interfaces: str, tables: Sequence[bytes] = ()) -> str:
    spec = ObjectSpec((ProgramSpec("drop", b"\x95" + bytes(7), (), licence),), ())
    contents = tuple(KeptContents(f"map{n}", hashlib.sha256(each).hexdigest(), 1) for n, each in enumerate(tables))
    whole = SavedSet(name, "/sys/fs/bpf/ansible", spec, "drop", interfaces, "auto", "auto", contents=contents)
    return saved.to_text(whole)


def _keep(root: str, name: str, text: str | None, tables: Sequence[bytes] = ()) -> None:
    packed = {hashlib.sha256(each).hexdigest(): each for each in tables}
    Files(f"{root}/sets", f"{root}/bin/ebpf-xdp", check_mode=False, program=archive.build).keep(name, text, packed)


def _nothing(root: str) -> None:
    pass


def _old(root: str) -> None:
    _keep(root, "edge", _text("edge", "GPL", "eth0", "eth1"))
    with open(f"{root}/bin/ebpf-xdp", "wb") as file:
        file.write(installed.BEGINNING + b"of a version before")


def _two(root: str) -> None:
    _keep(root, "edge", _text("edge", "GPL", "eth0", "eth1"))
    _keep(root, "other", _text("other", "GPL", "eth1"))


def _new(root: str) -> None:
    _keep(root, "edge", _text("edge", "BSD", "eth1", "eth2"))


def _filled(root: str) -> None:
    tables = (b"one", b"two")
    _keep(root, "edge", _text("edge", "GPL", "eth0", tables=tables), tables)


def _filled_otherwise(root: str) -> None:
    tables = (b"two", b"three")
    _keep(root, "edge", _text("edge", "BSD", "eth0", tables=tables), tables)


def _gone(root: str) -> None:
    _keep(root, "edge", None)


_CHANGES = (
    Change("first", _nothing, _new),
    Change("another version", _old, _new),
    Change("the last goes", _old, _gone),
    Change("one of two goes", _two, _gone),
    Change("other contents", _filled, _filled_otherwise),
)


def tree(root: str) -> Tree:
    """Everything below, with permissions and contents."""
    found = {}
    for directory, directories, names in os.walk(root):
        for name in (*directories, *names):
            path = os.path.join(directory, name)
            status = os.lstat(path)
            content = b""
            if stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    content = file.read()
            found[os.path.relpath(path, root)] = (status.st_mode, content)
    return found


def _whole(found: Tree) -> Tree:
    return {path: facts for path, facts in found.items() if not os.path.basename(path).startswith(".ebpf-xdp-")}


class Sweep:
    def __init__(self, directory: str) -> None:
        self._root = os.path.join(directory, "swept")
        self._log = os.path.join(directory, "strace")
        self.points = 0
        self.failures: list[str] = []

    def _begin(self, make: Callable[[str], None]) -> Tree:
        shutil.rmtree(self._root, ignore_errors=True)
        os.mkdir(self._root, 0o700)
        make(self._root)
        return tree(self._root)

    def change(self, change: Change, injection: str) -> int:
        self._begin(change.before)
        change.run(self._root)
        new = tree(self._root)
        before = self.points
        for calls in _CALLS:
            for number in range(1, 1000):
                old = self._begin(change.before)
                scenario = Scenario(
                    "", _unused, lambda _world: change.run(self._root), _unused, _unused, dropping=False
                )
                struck = strike(None, scenario, calls, f"{injection}:when={number}", self._log)
                # A signal that comes after the last step ends a run that has done everything, and says so.
                done = "when everything was done" in getattr(struck, "said", "")
                problem = self._problem(struck.killed, _DONE if done else struck.status, old, new)
                if problem is None:
                    change.run(self._root)
                    problem = None if tree(self._root) == new else f"the next run leaves {sorted(tree(self._root))}"
                if problem is not None:
                    self.failures.append(f"{change.name}, {injection} at call {number} {struck.call}: {problem}")
                if not struck.hit and struck.status != _INTERRUPTED:
                    break
                self.points += 1
        return self.points - before

    def _incomplete(self) -> list[str]:
        """Contents that the set names and that are not there."""
        directory = f"{self._root}/sets"
        header = kept.header(directory, "edge")
        named = header.contents if header else ()
        return [each.map for each in named if stored.find(directory, each.digest) is None]

    def _problem(self, killed: bool, status: int, old: Tree, new: Tree) -> str | None:
        now = tree(self._root)
        if killed or status == _INTERRUPTED:
            mixed = [path for path, facts in _whole(now).items() if facts not in (old.get(path), new.get(path))]
            # The kept directory, which is made for its lock, and its permissions are set after it.
            torn = [path for path in mixed if not stat.S_ISDIR(now[path][0])] or self._incomplete()
            return f"half written: {torn}" if torn else None
        if status == _REFUSED:
            return None if now == old else f"refused, but not as before: {sorted(set(now.items()) ^ set(old.items()))}"
        if status == _DONE:
            return None if _whole(now) == new else "done, but not as wanted"
        return f"the run broke down: {status}"


def _unused(_world: object) -> list[set[str | None]]:
    return []


def main() -> int:
    # The program itself is made in each run, of a hundred files; what is in it does not matter here.
    archive.build = lambda: installed.BEGINNING + b"the program"
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as directory:
        sweep = Sweep(directory)
        for change in _CHANGES:
            counts = [f"{injection} {sweep.change(change, injection)}" for injection in _INJECTIONS]
            print(f"{change.name}: {', '.join(counts)} points", flush=True)
    for failure in sweep.failures:
        print(f"FAILED {failure}")
    print(f"{sweep.points} points swept, {len(sweep.failures)} failures")
    return 1 if sweep.failures else 0


if __name__ == "__main__":
    sys.exit(main())
