# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Ending trials whose time is up or whose end was begun, before anything else is done with a pin set."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.bpffs import Patience
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import namespace
from ansible_collections.ebpf.xdp.plugins.module_utils._process import signals
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import giving
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.finish import Ending, clear, remove_empty
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import CONFIRMED, EXPIRED, ROLLED_BACK, Seen, look
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.places import Places

# What is said of a trial that others have left to be ended, by its outcome.
_LEFT = {
    CONFIRMED: "The last trial of the pin set {} was confirmed, and the run that did so was killed. This one did the rest",
    EXPIRED: "The last trial of the pin set {} expired. What was there before is in force, and what the trial left was removed",
    ROLLED_BACK: "The last trial of the pin set {} was rolled back, and the run that did so was killed. This one did the rest",
    None: "A run was killed before it had put the pin set {} on trial. What it left was removed",
}

#: Seconds; a trial may be confirmed at any moment.
_LOOK_EVERY = 0.2


def end_before(layout: Layout, check_mode: bool, warn: Callable[[str], None]) -> None:
    """What to do with a trial before anything else is done with the set."""
    if check_mode:
        require_ended(layout)
    else:
        tidy(layout, warn)


def _both(layout: Layout) -> list[Layout]:
    """The set, after the one that has interfaces of it on trial."""
    taker = giving.taker_of(layout)
    return [each for each in (taker, layout) if each is not None and os.path.lexists(Places(each).path)]


def tidy(layout: Layout, warn: Callable[[str], None], patience: Patience | None = None) -> None:
    """End what is not pending; refuses what is."""
    with ExitStack() as held:
        held.enter_context(bpffs.entered(bpffs.require(layout.pin_root), patience))
        for each in _both(layout):
            left = look(each)
            seen = settled(each, held, warn)
            if seen is not None:
                raise _pending(each, seen)
            if left is not None:
                warn(_LEFT[left.outcome()].format(each.path))
        # A run that was killed may have left the mark, and nothing of the trial.
        giving.let_go(layout)


def require_ended(layout: Layout) -> None:
    """For check mode, which may change nothing: refuses a set with a trial, also with one whose time is up."""
    for each in _both(layout):
        seen = look(each)
        if seen is not None and seen.is_pending:
            raise _pending(each, seen)
    raise XdpError(
        f"The pin set {layout.path} was on trial, and the end of that is left to do. Check mode does nothing about it, and so "
        f"cannot tell what this task would change. Run xdp_pin with state: rolled_back first, which ends it"
    )


def _pending(layout: Layout, seen: Seen) -> XdpError:
    return XdpError(
        f"The pin set {layout.path} is on trial: its new program decides for {seen.when.left():.1f} more seconds, and "
        f"then the old one again, unless it is confirmed. Nothing was changed. Wait, or end the trial with "
        f"state: confirmed or state: rolled_back of xdp_pin"
    )


def wait(layout: Layout) -> None:
    """Wait until no trial of this set is pending."""
    while True:
        pending = [seen for seen in map(look, _both(layout)) if seen is not None and seen.is_pending]
        if not pending:
            return
        time.sleep(min(_LOOK_EVERY, max(0.01, pending[0].when.left())))


def settled(layout: Layout, held: ExitStack, warn: Callable[[str], None]) -> Seen | None:
    """The trial that is pending; any other is ended. The caller holds the lock."""
    places = Places(layout)
    if not os.path.lexists(places.path):
        return None
    seen = look(layout)
    if seen is None:
        clear(places, None)
        remove_empty([layout.path])
        return None
    require_here(layout, seen)
    if not seen.is_pending:
        end(layout, seen, held, warn)
        return None
    return seen


def end(layout: Layout, seen: Seen, held: ExitStack, warn: Callable[[str], None]) -> None:
    """In the direction that its clock says. A signal waits until this is done, as half of it helps nobody."""
    ending = Ending(layout, seen.trial, held)
    with signals.held_back():
        if seen.is_confirmed:
            ending.confirm()
        else:
            ending.roll_back(seen.outcome())
    for text in ending.warnings:
        warn(text)


def require_here(layout: Layout, seen: Seen) -> None:
    """Refuse a trial whose interfaces are in another network namespace."""
    theirs = seen.trial.netns
    if theirs.same(namespace.current()):
        return
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

    name = netns.name_of(theirs)
    if name is None:
        raise XdpError(
            f"The pin set {layout.path} has a trial in the network namespace net:[{theirs.inode}], which nothing visible from here "
            f"leads to, so nothing was changed. If it no longer exists, remove the set by hand (rm -r {layout.path})"
        )
    raise XdpError(
        f"The pin set {layout.path} has a trial in the network namespace {name} (net:[{theirs.inode}]), so nothing was changed. "
        f"{netns.advice(name)}"
    )


def go_there(layout: Layout, held: ExitStack) -> None:
    """Enter the network namespace of the set's trial, if there is one that can be found, until ``held`` closes.

    Whoever ends a trial names the set alone; that its interfaces are meant, whoever began it has said.
    """
    seen = look(layout)
    if seen is None or seen.trial.netns.same(namespace.current()):
        return
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

    path = netns.find(seen.trial.netns)
    if path is not None:
        held.enter_context(netns.inside(path))
