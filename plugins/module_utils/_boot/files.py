# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The files of boot restore on a host: saved sets, contents of their maps, the program, and the names of the interfaces
that it waits for.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from types import MappingProxyType
from typing import Any, Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import installed
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.file_steps import (
    MakeDirectory,
    RemoveDirectory,
    RemoveFile,
    RemoveLeftOver,
    SetMode,
    Sync,
    WriteFile,
    refused,
    sync_directory,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.uses import USES
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import stored
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept import Header
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Change, Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import is_interface_name, kept_path

#: Below the directory of the saved sets: an empty file with the name of each interface that a set is attached to.
INTERFACES = "interfaces"

#: Begins the name of each temporary file. In a directory that others use too, a digest of our own directory follows.
_TEMPORARY = ".ebpf-xdp-"
#: Temporary files of versions that added no digest (tempfile.mkstemp).
_OLD_TEMPORARY = re.compile(r"\.ebpf-xdp-[a-z0-9_]{8}")

#: The answers to opening a symbolic link or a socket.
_NO_FILE = (errno.ELOOP, errno.ENXIO)


class Outdated(Exception):
    """Another run has changed what is kept of the set since the caller read it."""


class Files:
    """Makes the files what they should be.

    One run at a time: the directory is locked. ``changed``, ``before`` and ``after`` say what
    was different, ``names`` which sets are kept afterwards, ``netns`` the network namespaces of those
    that are kept for a named one, and ``warnings`` what was left alone.
    """

    def __init__(
        self, directory: str, executable: str, check_mode: bool, program: Callable[[], bytes] | None = None
    ) -> None:
        """``program`` gives the content of the executable; without it that is left as it is, and nothing can be removed."""
        self._given = os.path.abspath(directory)
        self._directory = os.path.realpath(directory)
        self._executable = os.path.abspath(executable)
        self._check_mode = check_mode
        self._program = program
        self._markers = os.path.join(self._directory, INTERFACES)
        self._contents = os.path.join(self._directory, stored.DIRECTORY)
        self._prefix = f"{_TEMPORARY}{hashlib.sha256(os.fsencode(self._directory)).hexdigest()[:8]}-"
        self._plan = Plan()
        self._touched: set[str] = set()
        self.changed = False
        self.names: list[str] = []
        self.netns: dict[str, str] = {}
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.warnings: list[str] = []

    def keep(
        self,
        name: str | None,
        text: str | None,
        packed: Mapping[str, bytes] | None = None,
        made_of: tuple[KeptContents, ...] | None = None,
        uses: Mapping[str, bytes | None] = MappingProxyType({}),
    ) -> None:
        """Keep one set, or do not (``None``); without a name, leave all as they are.

        ``packed`` has, by their digests, the tables that the set names and that may not exist on disk yet. ``made_of`` is what
        was kept of contents when the caller computed what to keep now; raises ``Outdated``, with nothing changed, when
        something else is kept by now. ``uses`` says what the program is wanted for beside sets (uses.py), with the content
        of the file that says so, or ``None`` for no longer; others are left as they are.
        """
        ownership.require_safe(self._given)
        with ExitStack() as held:
            wanted = text is not None or any(content is not None for content in uses.values())
            self._lock(held, wanted or os.path.lexists(self._executable))
            self._decide(name, text, packed or {}, made_of, uses)
            plan = self._plan
            self.changed, self.before, self.after = plan.changed, plan.side("before"), plan.side("after")
            self.warnings = plan.warnings
            if plan.changed and not self._check_mode:
                plan.apply()
                for directory in self._touched:
                    sync_directory(directory)

    def _lock(self, held: ExitStack, make: bool) -> None:
        """Hold the directory's lock, and make the directory for that where there is none.

        Another run may remove it, and a third one make another, while this one waits.
        """
        patience = bpffs.Patience()
        make = make and not self._check_mode
        while True:
            step = MakeDirectory(self._directory)
            if make:
                step.do()
            with ExitStack() as attempt:
                try:
                    fd = attempt.enter_context(bpffs.locked(self._directory, patience))
                except FileNotFoundError:
                    if make:
                        continue
                    return  # and nothing to be locked
                except NotADirectoryError as error:
                    raise XdpError(f"{self._directory} is not a directory. Remove it, or choose another one") from error
                except OSError as error:
                    step.undo()
                    raise refused("open the directory", self._directory, error) from error
                except KernelError:
                    step.undo()
                    raise
                if not _is_at(fd, self._directory):
                    continue
                held.enter_context(attempt.pop_all())
            # While the lock is still held. With a set in it, it stays.
            held.push(_undone_on_error(step))
            return

    def _decide(
        self,
        name: str | None,
        text: str | None,
        packed: Mapping[str, bytes],
        made_of: tuple[KeptContents, ...] | None,
        uses: Mapping[str, bytes | None],
    ) -> None:
        """Names of interfaces are written before the set that wants them, and removed after it: if one of them appears in
        between, restore finds nothing to do. Contents likewise, so that each set names files that are there. The program is
        written before the sets and removed after them, because it reads them.
        """
        self._require_own_program()
        headers = self._headers()
        old = headers.pop(name, None) if name is not None else None
        for header in headers.values():
            _refuse_newer(header)
        if name is not None and text is not None:
            _refuse_newer(old)
            headers[name] = kept.parse_text(name, text)
        if made_of is not None and made_of != (old.contents if isinstance(old, Header) else ()):
            raise Outdated
        self.names = sorted(headers)
        known = [header for header in headers.values() if isinstance(header, Header)]
        self.netns = {header.name: header.netns for header in known if header.netns is not None}
        # udev sees the interfaces of no other network namespace.
        awaiting = [header for header in known if header.netns is None]
        interfaces = {each for header in awaiting for each in header.awaits() if is_interface_name(each)}
        used = {use for use in USES if uses.get(use) is not None or (use not in uses and self._is_used(use))}
        if headers or used:
            self._tend_directory(self._directory)
            self._tend_program(old, headers[name] if name is not None and text is not None else None)
        for use in sorted(used.intersection(uses)):
            path = os.path.join(self._directory, use)
            self._write(path, uses[use] or b"", 0o600, ("files", path, None, "present"))
        there = self._there()
        if interfaces:
            self._tend_directory(self._markers)
        for interface in sorted(interfaces - there):
            marker = os.path.join(self._markers, interface)
            self._write(marker, b"", 0o600, ("interfaces", interface, None, "present"))
        self._write_contents(packed)
        removed: set[str] = set()
        if name is not None and text is not None:
            shown = ("sets", name, _facts(old), _facts(headers[name]))
            self._write(kept_path(self._directory, name), text.encode(), 0o600, shown)
        elif name is not None:
            removed.add(kept_path(self._directory, name))
            self._remove(kept_path(self._directory, name), ("sets", name, _facts(old), None))
        for use in set(uses) - used:
            path = os.path.join(self._directory, use)
            removed.add(path)
            self._remove(path, ("files", path, "present", None))
        named = {each.digest for header in known for each in header.contents}
        if len(known) == len(headers):  # what a damaged set names is not known
            removed.update(self._remove_contents(named))
        for interface in sorted(there - interfaces):
            marker = os.path.join(self._markers, interface)
            self._remove(marker, ("interfaces", interface, "present", None))
            removed.add(marker)
        removed.update(self._remove_left_over())
        if not interfaces:
            self._remove_directory(self._markers, removed)
        if not named:
            self._remove_directory(self._contents, removed)
        if not headers and not used:
            self._remove(self._executable, ("files", self._executable, "present", None))
            removed.add(self._executable)
            self._remove_directory(self._directory, removed)

    def _is_used(self, use: str) -> bool:
        return os.path.lexists(os.path.join(self._directory, use))

    def _require_own_program(self) -> None:
        """Refuse to replace or remove somebody else's program, which a mistyped path may name."""
        try:
            with open(self._executable, "rb") as file:
                begins = file.read(installed.LONGEST_BEGINNING)
        except OSError:
            return  # there is none; anything else that is wrong with it shows when it is written
        if begins and not installed.is_ours(begins):
            raise XdpError(
                f"executable: {self._executable} exists, but is not the boot program of this collection. "
                f"Name a path of its own, such as /usr/local/sbin/ebpf-xdp, or remove that file first"
            )

    def _tend_program(self, old: Header | XdpError | None, new: Header | XdpError | None) -> None:
        """Refuse to replace the program of a later version, which may have been installed for what this one cannot do; and
        where the program stays, to keep a set that it would refuse.
        """
        latest = installed.latest_read(self._executable)
        if self._program is not None:
            if latest > kept.LATEST:
                raise XdpError(
                    f"executable: {self._executable} is of a later version of the collection: it reads saved sets up to format "
                    f"{latest}, and that of this version up to {kept.LATEST}. Use that version, or remove the file first"
                )
            self._write(self._executable, self._program(), 0o755, ("files", self._executable, None, "present"))
            return
        if not isinstance(new, Header) or (isinstance(old, Header) and old.format >= new.format):
            return
        advice = "Keep the set once more with ebpf.xdp.xdp_boot, which installs that of this version"
        if not os.path.lexists(self._executable):
            self._plan.warn(
                f"The pin set {new.name} is kept with contents now, which a boot program of an older version refuses, and "
                f"{self._executable} is not there to be looked at. {advice}"
            )
        elif latest < new.format:
            raise XdpError(
                f"{self._executable} is of an older version of the collection, and cannot bring back contents of maps. {advice}"
            )

    def _require_own_directory(self, mode: int) -> None:
        """Refuse to close a directory to others in which others have something."""
        ours = {INTERFACES, stored.DIRECTORY, *USES}
        ours |= {os.path.basename(kept_path(self._directory, name)) for name in kept.names(self._directory)}
        others = [name for name in bpffs.names(self._directory) if name not in ours and not name.startswith(_TEMPORARY)]
        if others:
            raise XdpError(
                f"boot_directory: {self._directory} has other things in it ({listed(others)}), and would be closed to other users: "
                f"its mode is {mode:04o}, and that of kept sets 0700. Name a directory of its own, such as /var/lib/ebpf-xdp"
            )

    def _headers(self) -> dict[str, Header | XdpError | None]:
        """Of all sets; an error in place of a header that is damaged, which concerns only those who want this set.

        A file that cannot be read just now is not damaged: raises, so that its interfaces are not forgotten.
        """
        found: dict[str, Header | XdpError | None] = {}
        for name in kept.names(self._directory):
            try:
                found[name] = kept.header(self._directory, name)
            except XdpError as error:
                if isinstance(error, kept.Unreadable) and error.errno not in _NO_FILE:
                    raise
                found[name] = error
        return found

    def _there(self) -> set[str]:
        """The interfaces whose names are kept. Other files there are not ours."""
        if os.path.islink(self._markers) or not os.path.isdir(self._markers):
            return set()
        return {name for name in bpffs.names(self._markers) if is_interface_name(name) and self._is_marker(name)}

    def _is_marker(self, name: str) -> bool:
        try:
            status = os.lstat(os.path.join(self._markers, name))
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and not status.st_size and not name.startswith(_TEMPORARY)

    def _tend_directory(self, path: str) -> None:
        try:
            mode = stat.S_IMODE(os.stat(path).st_mode)
        except OSError:
            if path != self._directory:  # which was made for the lock
                self._plan.add(MakeDirectory(path))
            return
        if mode != 0o700:
            if path == self._directory:
                self._require_own_directory(mode)
            self._plan.add(SetMode(path, mode, 0o700), Change("permissions", path, f"{mode:04o}", "0700"))

    def _write(self, path: str, content: bytes, mode: int, shown: tuple[str, str, Any, Any]) -> None:
        status = _status(path)
        if status is not None and _is(path, content, mode):
            return
        if not self._within(path) and not os.path.isdir(os.path.dirname(path)):
            self._plan.add(MakeDirectory(os.path.dirname(path), 0o755))
        change = Change(*shown)
        if status is not None and change.before is None:
            change = change._replace(before="another")
        changes = [change]
        if status is not None and stat.S_IMODE(status.st_mode) != mode:
            changes.append(Change("permissions", path, f"{stat.S_IMODE(status.st_mode):04o}", f"{mode:04o}"))
        step = WriteFile(path, content, mode, self._prefix)
        self._plan.add(step, *changes)
        self._plan.at_end(step.finish)
        self._touched.add(os.path.dirname(path))

    def _remove(self, path: str, shown: tuple[str, str, Any, Any]) -> None:
        if os.path.lexists(path):
            change = Change(*shown)
            self._plan.add(RemoveFile(path, self._prefix), change._replace(before=change.before or "another"))
            self._touched.add(os.path.dirname(path))

    def _within(self, path: str) -> bool:
        return os.path.dirname(path) in (self._directory, self._markers, self._contents)

    def _write_contents(self, packed: Mapping[str, bytes]) -> None:
        before = len(self._plan.steps)
        if packed:
            self._tend_directory(self._contents)
        for digest in sorted(packed):
            shown = ("contents", digest, None, "present")
            self._write(stored.path(self._directory, digest), packed[digest], 0o600, shown)
        if len(self._plan.steps) > before:
            self._plan.add(Sync(self._contents, self._directory))

    def _remove_contents(self, named: set[str]) -> list[str]:
        """Remove the tables that no set names. Other files there are not ours."""
        found: list[str] = []
        if os.path.islink(self._contents) or not os.path.isdir(self._contents):
            return found
        for name in sorted(bpffs.names(self._contents)):
            digest = stored.digest_of(name)
            path = os.path.join(self._contents, name)
            status = _status(path)
            if digest is None or digest in named or status is None or not stat.S_ISREG(status.st_mode):
                continue
            if not found:
                self._plan.add(Sync(self._directory))
            self._remove(path, ("contents", digest, "present", None))
            found.append(path)
        return found

    def _remove_left_over(self) -> list[str]:
        """Remove temporary files of killed runs; while this run holds the lock, no other run has any."""
        beside = os.path.dirname(self._executable)
        found = []
        for directory in dict.fromkeys((self._directory, self._markers, self._contents, beside)):
            for name in bpffs.names(directory):
                ours = name.startswith(_TEMPORARY)
                if not self._within(os.path.join(directory, name)):
                    ours = name.startswith(self._prefix) or _OLD_TEMPORARY.fullmatch(name) is not None
                path = os.path.join(directory, name)
                status = _status(path) if ours else None
                if status is not None and stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
                    self._plan.add(RemoveLeftOver(path), Change("left over", path, "present", None))
                    found.append(path)
        return found

    def _remove_directory(self, path: str, removed: set[str]) -> None:
        """Remove a directory, or warn that somebody keeps something else in it."""
        if os.path.islink(path) or not os.path.isdir(path):
            return
        left = [each for each in bpffs.names(path) if os.path.join(path, each) not in removed]
        if left:
            self._plan.warn(f"{path} stays, because something else is kept in it: {listed(left)}")
            return
        self._plan.add(RemoveDirectory(path), Change("directories", path, "present", None))
        removed.add(path)


def _undone_on_error(step: MakeDirectory) -> Callable[[object, object, object], None]:
    """For ExitStack.push."""
    return lambda kind, _error, _trace: step.undo() if kind is not None else None


def _refuse_newer(header: Header | XdpError | None) -> None:
    """Refuse a set of a later version: this version's program, which would be installed, cannot read it."""
    if isinstance(header, kept.Newer):
        raise header


def _facts(header: Header | XdpError | None) -> Any:
    """For the diff."""
    if isinstance(header, Header):
        interfaces = None if header.interfaces is None else list(header.interfaces)
        contents = [each.to_data() for each in header.contents]
        return {**header._asdict(), "interfaces": interfaces, "contents": contents}
    return None if header is None else "damaged"


def _is_at(fd: int, path: str) -> bool:
    """Whether an open directory is still the one with this name."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(fd), os.stat(path))
    return False


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _is(path: str, content: bytes, mode: int) -> bool:
    """Whether a file of root's has this content and these permissions already."""
    with suppress(OSError):
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            status = os.fstat(fd)
            known = (stat.S_ISREG(status.st_mode), stat.S_IMODE(status.st_mode), status.st_uid, status.st_size)
            return known == (True, mode, os.geteuid(), len(content)) and file.read() == content
    return False
