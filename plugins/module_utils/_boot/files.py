# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of boot restore on a host: saved sets, the program, and the names of the interfaces that it waits for."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import is_interface_name

#: Below the directory of the saved sets: an empty file with the name of each interface that a set is attached to.
INTERFACES = "interfaces"


class Files:
    """Makes the files what they should be; ``changed`` tells whether they were not, ``names`` which sets there are."""

    def __init__(self, directory: str, executable: str, check_mode: bool) -> None:
        self._directory = directory
        self._executable = executable
        self._check_mode = check_mode
        self._markers = os.path.join(directory, INTERFACES)
        self.changed = False
        self.names: list[str] = []

    def keep(self, name: str, text: str | None) -> None:
        """Keep one set, or do not (``None``)."""
        ownership.require_safe(os.path.abspath(self._directory))
        texts: dict[str, str | None] = {each: self._text(each) for each in kept.names(self._directory)}
        texts[name] = text
        wanted = {each: content for each, content in texts.items() if content is not None}
        self.names = sorted(wanted)
        if wanted:
            self._make_directory(self._directory)
            self._write(self._executable, archive.build(), 0o755)
        path = kept.path(self._directory, name)
        if text is None:
            self._remove(path)
        else:
            self._write(path, text.encode(), 0o600)
        self._mark(_interfaces(wanted))
        if not wanted:
            self._remove(self._executable)
            self._remove_directory(self._directory)

    def _text(self, name: str) -> str:
        """Nothing where the file is not what it should be: that is for those who want this set."""
        with suppress(OSError, XdpError), kept.opened(self._directory, name) as file:
            return file.readline().decode(errors="replace")
        return ""

    def _mark(self, interfaces: set[str]) -> None:
        there = set(os.listdir(self._markers)) if os.path.isdir(self._markers) else set()
        if interfaces:
            self._make_directory(self._markers)
        for name in sorted(interfaces - there):
            self._write(os.path.join(self._markers, name), b"", 0o600)
        for name in sorted(there - interfaces):
            self._remove(os.path.join(self._markers, name))
        if not interfaces:
            self._remove_directory(self._markers)

    def _make_directory(self, path: str) -> None:
        if not os.path.isdir(path) or os.stat(path).st_mode & 0o777 != 0o700:
            self.changed = True
            if not self._check_mode:
                _make_parents(path)
                with suppress(FileExistsError):
                    os.mkdir(path, 0o700)
                os.chmod(path, 0o700)

    def _remove_directory(self, path: str) -> None:
        if os.path.isdir(path):
            self.changed = True
            if not self._check_mode:
                with suppress(OSError):  # somebody else keeps something in it
                    os.rmdir(path)

    def _remove(self, path: str) -> None:
        if os.path.lexists(path):
            self.changed = True
            if not self._check_mode:
                os.unlink(path)

    def _write(self, path: str, content: bytes, mode: int) -> None:
        """In one step, and on the disk before it counts: a power failure leaves the old file or the new one."""
        with suppress(OSError), open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if (status.st_mode & 0o777, status.st_uid) == (mode, os.geteuid()) and file.read() == content:
                return
        self.changed = True
        if self._check_mode:
            return
        _make_parents(path)
        fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".ebpf-xdp-")
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), mode)
                file.flush()
                os.fsync(file.fileno())
            os.rename(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise


def _make_parents(path: str) -> None:
    """The directories above it; closed to others whatever the umask says."""
    parent = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(parent):
        _make_parents(parent)
        os.mkdir(parent, 0o755)


def _interfaces(texts: dict[str, str]) -> set[str]:
    """The interfaces of all sets; a damaged one names none."""
    found: set[str] = set()
    for text in texts.values():
        with suppress(ValueError, AttributeError, TypeError):
            found.update(name for name in json.loads(text).get("interfaces") or () if isinstance(name, str))
    return set(filter(is_interface_name, found))
