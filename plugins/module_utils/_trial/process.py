# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where no guard can run both programs: a process that brings the old one back, if nobody confirms in time.

It is second best, as it can be killed, and its start is part of the change: without it nothing is attached. It holds
nothing of the run that starts it, so that this ends: no descriptor, no terminal, no directory that Ansible removes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import syslog
import time
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import IO

from ansible_collections.ebpf.xdp.plugins.module_utils import _parts
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._process import child
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import look
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.places import Places, process_copy
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.settle import go_there, tidy

_SYSTEMD = "/run/systemd/system"  # sd_booted(3)

_START_PATIENCE = 15.0
_LOOK_EVERY = 0.1
_END_ATTEMPTS = 120


def merge(archives: Iterable[str], target: IO[bytes]) -> None:
    """One archive with the contents of these, except for what refers to the first of them, which is removed soon.

    The archive of a module has a ``sitecustomize.py`` that puts its path before all others.
    """
    with zipfile.ZipFile(target, "w") as merged:
        for archive in archives:
            with zipfile.ZipFile(archive) as source:
                for name in source.namelist():
                    if name != "sitecustomize.py":
                        merged.writestr(name, source.read(name))


class Start:
    """Start the process, and wait until it watches."""

    def __init__(self, layout: Layout, trial_id: str) -> None:
        self._layout = layout
        self._id = trial_id
        self._unit = f"ebpf-xdp-trial-{trial_id}"
        self._child: subprocess.Popen[bytes] | None = None

    def do(self) -> None:
        places = Places(self._layout)
        root = child.import_root()
        copied = os.path.isfile(root)
        if copied:
            copy = process_copy(self._id)
            fd = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(fd, "wb") as target:
                # Python takes each package from one archive.
                merge([root, *_parts.added()], target)
            root = copy
        command = [sys.executable, "-s", "-m", __name__, self._layout.pin_root, self._layout.name]
        command += [self._id, root if copied else ""]
        environment = {"PATH": os.defpath + ":/usr/sbin:/sbin", "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
        manager = shutil.which("systemd-run") if _is_in_systemds_view() else None
        if manager:
            options = [f"--setenv={name}={value}" for name, value in environment.items()]
            started = subprocess.run(  # pylint: disable=ansible-bad-function  # as in child.py
                [manager, "--quiet", "--collect", f"--unit={self._unit}", *options, *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            manager = manager if started.returncode == 0 else None
        if not manager:
            self._child = subprocess.Popen(  # pylint: disable=ansible-bad-function  # as above
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_PATIENCE
        while not os.path.islink(places.process):
            if time.monotonic() > deadline:
                self.undo()
                raise XdpError("The process that would bring the old program back did not start")
            time.sleep(0.01)

    def undo(self) -> None:
        """It ends by itself when there is no trial any more; this is for one that hangs."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None
        with suppress(FileNotFoundError):
            os.unlink(Places(self._layout).process)
        with suppress(FileNotFoundError):
            os.unlink(process_copy(self._id))

    def is_done(self) -> bool:
        return os.path.islink(Places(self._layout).process)


def _is_in_systemds_view() -> bool:
    """Whether what systemd starts sees the file systems that this process sees; the network it finds by the trial's record."""
    if not os.path.isdir(_SYSTEMD):
        return False
    try:
        return os.path.samefile("/proc/self/ns/mnt", "/proc/1/ns/mnt")
    except OSError:
        return False


def watch(layout: Layout, trial_id: str) -> None:
    """Wait for the trial's end, and bring the old program back when nobody has confirmed it."""
    places = Places(layout)
    os.symlink(str(os.getpid()), places.process)
    known = look(layout)
    while known is not None:
        # Do not give up because it cannot be read for a moment. When the time is up, it is tried in any case.
        with suppress(XdpError, OSError):
            seen = look(layout)
            if seen is None or seen.trial.id != trial_id:
                return
            known = seen
        if not known.is_pending:
            break
        time.sleep(min(_LOOK_EVERY, max(0.01, known.when.left())))
    for _attempt in range(_END_ATTEMPTS):
        # Another run may hold the lock, or end the trial itself.
        with suppress(XdpError, OSError), ExitStack() as held:
            # systemd starts it in the namespace of the host.
            go_there(layout, held)
            tidy(layout, syslog.syslog)
            return
        time.sleep(0.5)


def main() -> None:
    """Watch a trial, then remove the copy of the code that this runs from."""
    pin_root, name, trial_id, copy = sys.argv[1:]
    # Those that systemd starts may have 1,024, and what is to be brought back is held open.
    host.allow_files()
    try:
        watch(Layout(pin_root, name), trial_id)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(copy)


if __name__ == "__main__":
    main()
