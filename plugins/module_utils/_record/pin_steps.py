# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Steps in the BPF file system: directories, pins and the record."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import settle, taking_back
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links, record_write
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import STAGED


def holds(path: str, fd: int) -> bool:
    """Whether the object behind ``fd`` is pinned at this path."""
    try:
        pinned = bpf.obj_get(path)
    except OSError as error:
        if error.errno in bpf.NOT_A_PIN:
            return False
        raise
    try:
        return info.kind(pinned) == info.kind(fd) and info.object_id(pinned) == info.object_id(fd)
    finally:
        os.close(pinned)


def pin(fd: int, path: str) -> None:
    """Pin what has no pin at this path; once this returns it is there, and when it raises it is not."""
    settle(lambda: _pin(fd, path), lambda: holds(path, fd))


def unpin(path: str) -> None:
    """Remove a pin, in the same sense."""
    settle(lambda: os.unlink(path), lambda: not os.path.lexists(path))


def _pin(fd: int, path: str) -> None:
    try:
        bpf.obj_pin(fd, path)
    except OSError as error:
        raise KernelError(f"Cannot pin {path}", error.errno or 0) from error


def _replace_pin(fd: int, path: str) -> None:
    """Give the name to another object in one step: rename(2) over a pin is atomic."""
    staged = path + STAGED
    while os.path.lexists(staged):  # left over of a killed run, which the plan may need
        staged += STAGED
    pin(fd, staged)
    with taking_back(lambda: unpin(staged)):
        settle(lambda: os.rename(staged, path), lambda: holds(path, fd))


class MakeDirectory:
    """Make a directory in bpffs, with those above it that are missing."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._made: list[str] = []

    def do(self) -> None:
        missing = bpffs.missing(self.path)
        with taking_back(self.undo):
            for path in missing:
                self._make(path)
            # Somebody else may have been faster with one above it, where the mount's root is open to all.
            ownership.require_safe(self.path)

    def _make(self, path: str) -> None:
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:  # of somebody who was faster, and not to be removed with ours
            raise
        except OSError:
            if not os.path.isdir(path):
                raise
        self._made.append(path)

    def undo(self) -> None:
        while self._made:
            path = self._made[-1]
            settle(lambda: os.rmdir(path), lambda: not os.path.lexists(path))  # noqa: B023  # called at once
            self._made.pop()

    def is_done(self) -> bool:
        return bool(self._made) and os.path.isdir(self._made[-1])


class RemoveDirectory:
    """Remove an empty directory in bpffs."""

    def __init__(self, path: str) -> None:
        self.path = path

    def do(self) -> None:
        os.rmdir(self.path)

    def undo(self) -> None:
        os.mkdir(self.path, 0o700)

    def is_done(self) -> bool:
        return not os.path.lexists(self.path)


class PinObject:
    """Pin what has no pin at this path."""

    def __init__(self, fd: int, path: str) -> None:
        self.fd = fd
        self.path = path

    def do(self) -> None:
        _pin(self.fd, self.path)

    def undo(self) -> None:
        os.unlink(self.path)

    def is_done(self) -> bool:
        return holds(self.path, self.fd)


class CommitPin:
    """Give a staged pin its final name, over the old object's pin."""

    def __init__(self, staged: str, path: str, old_fd: int) -> None:
        self.staged = staged
        self.path = path
        self.old_fd = old_fd

    def do(self) -> None:
        os.rename(self.staged, self.path)

    def undo(self) -> None:
        # The new object is still in use: it must not be without a name.
        if not os.path.lexists(self.staged):
            settle(lambda: os.rename(self.path, self.staged), lambda: os.path.lexists(self.staged))
        pin(self.old_fd, self.path)

    def is_done(self) -> bool:
        # With the new object staged and the old one without a name, it is half undone.
        return not os.path.lexists(self.staged) or not os.path.lexists(self.path)


class ReplacePin:
    """Give a pin's name to another object, atomically."""

    def __init__(self, path: str, old_fd: int, new_fd: int) -> None:
        self.path = path
        self.old_fd = old_fd
        self.new_fd = new_fd

    def do(self) -> None:
        _replace_pin(self.new_fd, self.path)

    def undo(self) -> None:
        _replace_pin(self.old_fd, self.path)

    def is_done(self) -> bool:
        return holds(self.path, self.new_fd)


class Unpin:
    """Remove a pin; the open descriptor keeps the object alive until the run is over."""

    def __init__(self, fd: int, path: str) -> None:
        self.fd = fd
        self.path = path

    def do(self) -> None:
        with suppress(FileNotFoundError):  # somebody else was faster
            os.unlink(self.path)

    def undo(self) -> None:
        _pin(self.fd, self.path)

    def is_done(self) -> bool:
        return not holds(self.path, self.fd)


class RenamePin:
    """Give a pin another name, of which there is none yet."""

    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    def do(self) -> None:
        os.rename(self.old, self.new)

    def undo(self) -> None:
        os.rename(self.new, self.old)

    def is_done(self) -> bool:
        return os.path.lexists(self.new) and not os.path.lexists(self.old)


class WriteRecord:
    """Write the record, or remove it (``new`` is ``None``); a function gives the text when all before it is done."""

    def __init__(self, path: str, old: str | None, new: str | Callable[[], str] | None) -> None:
        self.path = path
        self.old = old
        self.new = new

    def do(self) -> None:
        if callable(self.new):
            self.new = self.new()
        self._put(self.new)

    def undo(self) -> None:
        self._put(self.old)

    def is_done(self) -> bool:
        return record_links.read(self.path) == self.new

    def _put(self, text: str | None) -> None:
        if text is None:
            record_write.remove(self.path)
        else:
            record_write.write(self.path, text)
