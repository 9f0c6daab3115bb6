# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Steps on the files that are kept for the boot: each can be done, be undone, and say whether it is done."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept

#: Bytes of the largest file that is put back when a plan is undone.
_LARGEST = kept.LARGEST


def refused(action: str, path: str, error: OSError) -> KernelError:
    """The error for the user, with the path whatever call it was that failed."""
    return KernelError(f"Cannot {action} {path}", error.errno or 0)


@contextmanager
def _refusing(action: str, path: str) -> Iterator[None]:
    """Word a refusal for the user. Whether the step was done all the same is for the plan to ask (settle.py)."""
    try:
        yield
    except OSError as error:
        raise refused(action, path, error) from error


def sync_directory(path: str) -> None:
    """Write the names in a directory to the disk, where the file system can do that."""
    with suppress(OSError):
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


class Sync:
    """Have the changes before this one on the disk before those after it: they are in other directories, which a file
    system may write in any order.
    """

    def __init__(self, *directories: str) -> None:
        self.directories = directories

    def do(self) -> None:
        for each in self.directories:
            sync_directory(each)

    def undo(self) -> None:
        pass

    def is_done(self) -> bool:
        return True


class SetMode:
    """Set permissions that somebody has changed."""

    def __init__(self, path: str, old: int, new: int) -> None:
        self.path = path
        self.old = old
        self.new = new

    def do(self) -> None:
        with _refusing("set the permissions of", self.path):
            os.chmod(self.path, self.new)

    def undo(self) -> None:
        os.chmod(self.path, self.old)

    def is_done(self) -> bool:
        return stat.S_IMODE(os.stat(self.path).st_mode) == self.new


class MakeDirectory:
    """Make a directory, and those above it that are missing. Others can write to none of them, whatever the umask is."""

    def __init__(self, path: str, mode: int = 0o700) -> None:
        self.path = path
        self.mode = mode
        self._made: list[str] = []

    def do(self) -> None:
        path = self.path
        try:
            for path in bpffs.missing(self.path):
                self._make(path, self.mode if path == self.path else 0o755)
        except OSError as error:
            self.undo()
            raise refused("make the directory", path, error) from error

    def _make(self, path: str, mode: int) -> None:
        try:
            os.mkdir(path, mode)
        except FileExistsError:  # by another run
            return
        except OSError:
            if not os.path.isdir(path):
                raise
        self._made.append(path)

    def undo(self) -> None:
        for path in reversed(self._made):
            with suppress(OSError):  # another run keeps something in it by now
                os.rmdir(path)
        self._made = []

    def is_done(self) -> bool:
        return os.path.isdir(self.path)


class _Removal:
    """A step that removes what has this path."""

    def __init__(self, path: str) -> None:
        self.path = path

    def is_done(self) -> bool:
        return not os.path.lexists(self.path)


class RemoveDirectory(_Removal):
    """Remove an empty directory."""

    def do(self) -> None:
        with _refusing("remove the directory", self.path):
            os.rmdir(self.path)

    def undo(self) -> None:
        os.mkdir(self.path, 0o700)


class WriteFile:
    """Write a file in one step, and to the disk before it takes its name: a power failure leaves the old file or the new one.

    The old file keeps a second name until the plan is done, so that undoing needs no room on the disk.
    """

    def __init__(self, path: str, content: bytes, mode: int, prefix: str) -> None:
        """``prefix`` begins the names of temporary files beside it."""
        self.path = path
        self.content = content
        self.mode = mode
        self._prefix = prefix
        self._staged = ""
        self._inode = 0
        self._backup = ""

    def do(self) -> None:
        try:
            self._stage()
            self._back_up()
            os.rename(self._staged, self.path)
        except OSError as error:
            if not self.is_done():
                self._clean()
                raise refused("write", self.path, error) from error
        except BaseException:
            if not self.is_done():
                self._clean()
            raise

    def _stage(self) -> None:
        fd, self._staged = tempfile.mkstemp(dir=os.path.dirname(self.path), prefix=self._prefix)
        with os.fdopen(fd, "wb") as file:
            file.write(self.content)
            os.fchmod(file.fileno(), self.mode)
            file.flush()
            os.fsync(file.fileno())
            self._inode = os.fstat(file.fileno()).st_ino

    def _back_up(self) -> None:
        backup = os.path.join(os.path.dirname(self.path), self._prefix + secrets.token_hex(4))
        self._backup = backup
        try:
            os.link(self.path, backup, follow_symlinks=False)
        except FileNotFoundError:
            self._backup = ""

    def _clean(self) -> None:
        for path in (self._staged, self._backup):
            if path:
                with suppress(OSError):
                    os.unlink(path)
        self._staged = self._backup = ""

    def undo(self) -> None:
        if self._backup:
            os.rename(self._backup, self.path)
            self._backup = ""
        else:
            os.unlink(self.path)

    def is_done(self) -> bool:
        try:
            return os.lstat(self.path).st_ino == self._inode
        except OSError:
            return False

    def finish(self) -> None:
        """Give up what ``undo`` needs, once the plan is done."""
        if self._backup:
            with suppress(OSError):
                os.unlink(self._backup)


class RemoveFile(_Removal):
    """Remove a file. Undone by writing it again: a second name for it would keep the directory from being removed."""

    def __init__(self, path: str, prefix: str) -> None:
        super().__init__(path)
        self._prefix = prefix
        self._was = b""
        self._status: os.stat_result | None = None

    def do(self) -> None:
        with _refusing("remove", self.path):
            self._status = os.lstat(self.path)
            self._was = self._content(self._status)
            os.unlink(self.path)

    def _content(self, status: os.stat_result) -> bytes:
        if stat.S_ISLNK(status.st_mode):
            return os.fsencode(os.readlink(self.path))
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return b""  # nobody can have loaded that
        fd = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            return file.read()

    def undo(self) -> None:
        if self._status is None:
            return
        mode = self._status.st_mode
        if stat.S_ISLNK(mode):
            os.symlink(os.fsdecode(self._was), self.path)
        elif stat.S_ISREG(mode):
            WriteFile(self.path, self._was, stat.S_IMODE(mode), self._prefix).do()
        else:
            os.mknod(self.path, mode, self._status.st_rdev)


class RemoveLeftOver(_Removal):
    """Remove a temporary file of a run that was killed. Nobody wants it back, so nothing is undone."""

    def do(self) -> None:
        with _refusing("remove", self.path):
            os.unlink(self.path)

    def undo(self) -> None:
        pass
