# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Pin sets whose interfaces another one has on trial (``replace_sets``).

Such a set is marked by a symbolic link to the other one's name, so that its own runs leave alone what is not decided yet. Its
pins and its record stay as they are until the trial is confirmed.
"""

from __future__ import annotations

import os
from contextlib import suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._attach import hand_over
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links, record_write
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import GIVING, Layout, is_name
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import Trial


class Mark:
    """The step that says of a set that another one has its interfaces on trial."""

    def __init__(self, giver: Layout, taker: str) -> None:
        self._path = os.path.join(giver.path, GIVING)
        self._taker = taker

    def do(self) -> None:
        try:
            os.symlink(self._taker, self._path)
        except OSError as error:
            raise KernelError(f"Cannot make {self._path}", error.errno or 0) from error

    def undo(self) -> None:
        os.unlink(self._path)

    def is_done(self) -> bool:
        return _read(self._path) == self._taker


def _read(path: str) -> str | None:
    with suppress(OSError):
        return os.readlink(path)
    return None


def taker_of(layout: Layout) -> Layout | None:
    """The set that has interfaces of this one on trial, or had when a run was killed."""
    name = _read(os.path.join(layout.path, GIVING))
    return Layout(layout.pin_root, name) if name is not None and is_name(name) else None


def let_go(layout: Layout) -> None:
    """The trial is over, or never began; the caller holds the lock, and has seen that."""
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(layout.path, GIVING))


def end(taker: Layout, trial: Trial, confirmed: bool) -> None:
    """Of each set that gives interfaces up: its record forgets them if that was confirmed, and the mark goes."""
    for name in trial.givers:
        giver = Layout(taker.pin_root, name)
        if confirmed:
            _forget(giver, trial)
        marked = taker_of(giver)
        if marked is not None and marked.path == taker.path:
            let_go(giver)


def _forget(giver: Layout, trial: Trial) -> None:
    old = records.known(record_links.read(giver.record), giver.record)
    new = records.known(trial.new, giver.record)
    if old is None or new is None:
        return
    record = hand_over.without(
        old, old.links, new.interfaces or (), {place.link for place in trial.places if place.link}
    )
    if not record.says_the_same(old):
        record_write.write(giver.record, record.to_text())
