# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps in the BPF file system: directories, pins and the record."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import record_links, record_write
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import STAGED
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.record_write import rename_over


def _pin(fd: int, path: str) -> None:
    try:
        bpf.obj_pin(fd, path)
    except OSError as error:
        raise KernelError(f"Cannot pin {path}", error.errno or 0) from None


def _replace_pin(fd: int, path: str) -> None:
    """Give the name to another object in one step: rename(2) over a pin is atomic."""
    staged = path + STAGED
    with suppress(FileNotFoundError):
        os.unlink(staged)
    _pin(fd, staged)
    rename_over(staged, path)


class MakeDirectory:
    def __init__(self, path: str) -> None:
        self.path = path
        self._made: list[str] = []

    def do(self) -> None:
        missing = []
        path = self.path
        while not os.path.isdir(path):
            missing.append(path)
            path = os.path.dirname(path)
        try:
            for path in reversed(missing):
                os.mkdir(path, 0o700)
                self._made.append(path)
            # Somebody else may have been faster with one above it, where the mount's root is open to all.
            ownership.require_safe(self.path)
        except (OSError, XdpError):
            self.undo()
            raise

    def undo(self) -> None:
        for path in reversed(self._made):
            os.rmdir(path)


class RemoveDirectory:
    def __init__(self, path: str) -> None:
        self.path = path

    def do(self) -> None:
        os.rmdir(self.path)

    def undo(self) -> None:
        os.mkdir(self.path, 0o700)


class PinObject:
    """Pin what has no pin at this path."""

    def __init__(self, fd: int, path: str) -> None:
        self.fd = fd
        self.path = path

    def do(self) -> None:
        _pin(self.fd, self.path)

    def undo(self) -> None:
        os.unlink(self.path)


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
        os.rename(self.path, self.staged)
        _pin(self.old_fd, self.path)


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


class RenamePin:
    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    def do(self) -> None:
        os.rename(self.old, self.new)

    def undo(self) -> None:
        os.rename(self.new, self.old)


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

    def is_done(self) -> bool:
        return record_links.read(self.path) == self.new

    def undo(self) -> None:
        self._put(self.old)

    def _put(self, text: str | None) -> None:
        if text is None:
            record_write.remove(self.path)
        else:
            record_write.write(self.path, text)
