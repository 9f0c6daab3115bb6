# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""``state: confirmed`` and ``state: rolled_back``: the end of a trial, as somebody wants it."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import borrow
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Tried
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock, clock_set, session
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.finish import Ending
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import CONFIRMED, EXPIRED, ROLLED_BACK, Seen, look
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.places import Places
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.settle import end, go_there, require_here, settled

#: Confirming takes some milliseconds; what comes later than this could come too late.
_LEAST_LEFT = 1.0


class Decided(NamedTuple):
    """The result of ``state: confirmed`` or ``state: rolled_back``."""

    changed: bool
    trial: dict[str, Any] | None


def confirm(
    layout: Layout, over: session.Over, check_mode: bool, warn: Callable[[str], None], trial_id: str | None = None
) -> Decided:
    """The new program stays. It is refused to a session that began before it did.

    ``trial_id`` is that of the trial that is meant, where somebody knows it.
    """
    with ExitStack() as held:
        held.enter_context(bpffs.entered(bpffs.require(layout.pin_root), None))
        go_there(layout, held)
        seen = _pending(layout, CONFIRMED, trial_id, held, check_mode, warn)
        if isinstance(seen, Decided):
            return seen
        astray = Ending(layout, seen.trial, held).astray()
        if astray:
            raise XdpError(
                f"{' and '.join(astray)} no longer runs what is on trial in the pin set {layout.path}: somebody else has changed that. "
                f"So nothing is proved, and nothing was confirmed. Take the trial back with state: rolled_back"
            )
        _require_unlent(layout, seen)
        # As long as the old program decides, nothing proves anything.
        time.sleep(max(0, seen.when.begin - clock.now()) / clock.SECOND)
        proof = session.prove(over, seen.when.begin)
        left = seen.when.left()
        if left < _LEAST_LEFT:
            raise XdpError(
                f"Only {max(0.0, left):.1f} seconds are left of the trial of the pin set {layout.path}, which is too late to confirm it. "
                f"The old program comes back. Use a longer confirm_timeout"
            )
        if proof.warning:
            warn(proof.warning)
        shown = {**seen.result(), "state": CONFIRMED, **proof.result()}
        shown["seconds"] = round((clock.now() - seen.when.begin) / clock.SECOND, 3)
        del shown["seconds_left"]
        if not check_mode:
            _commit(layout, seen, clock.When(seen.when.begin, clock.FOR_GOOD), held, warn)
        return Decided(True, shown)


def roll_back(layout: Layout, check_mode: bool, warn: Callable[[str], None], trial_id: str | None = None) -> Decided:
    """What was there before comes back at once."""
    with ExitStack() as held:
        held.enter_context(bpffs.entered(bpffs.require(layout.pin_root), None))
        go_there(layout, held)
        seen = _pending(layout, ROLLED_BACK, trial_id, held, check_mode, warn)
        if isinstance(seen, Decided):
            return seen
        shown = {**seen.result(), "state": ROLLED_BACK}
        del shown["seconds_left"]
        if not check_mode:
            _commit(layout, seen, clock.When(seen.when.begin, 0), held, warn)
        return Decided(True, shown)


def _pending(
    layout: Layout, wanted: str, trial_id: str | None, held: ExitStack, check_mode: bool, warn: Callable[[str], None]
) -> Seen | Decided:
    """The trial that is pending, or what became of the last one, which is ended if that is left to do."""
    seen = look(layout)
    if seen is None or not seen.is_pending:
        ended = None if seen is None else (seen.trial, seen.outcome())
        if seen is not None:
            require_here(layout, seen)
        if not check_mode:
            settled(layout, held, warn)
        if ended is None:
            return _ended(layout, wanted, trial_id)
        trial, outcome = ended
        _require_same(layout, trial.id, trial_id)
        if outcome is None:
            if wanted == CONFIRMED:
                raise XdpError(
                    f"A run was killed before it had put the pin set {layout.path} on trial, and what was there before is in force. "
                    f"There is nothing to confirm: run the task that changes it again"
                )
            return Decided(False, None)
        return _judged(layout, Tried(outcome, trial.object, trial.id), wanted)
    require_here(layout, seen)
    _require_same(layout, seen.trial.id, trial_id)
    return seen


def _require_unlent(layout: Layout, seen: Seen) -> None:
    """Refuse to replace or remove maps that another set has borrowed since the trial began."""
    maps = []
    for pin in {**seen.trial.pins, **seen.trial.gone}:
        path = os.path.join(layout.path, pin)
        if pin.startswith("maps/") and os.path.lexists(path):
            fd = bpf.obj_get(path)
            maps.append((path, info.object_id(fd)))
            os.close(fd)
    if maps:
        borrow.require_unlent(layout.pin_root, layout.name, maps)


def _commit(layout: Layout, seen: Seen, when: clock.When, held: ExitStack, warn: Callable[[str], None]) -> None:
    """One map update decides, on all interfaces. What is left to do after it is done by this run, or by the next one."""
    fd = bpf.obj_get(Places(layout).when)
    held.callback(os.close, fd)
    clock_set.write(fd, when)
    end(layout, seen._replace(when=when), held, warn)


def _require_same(layout: Layout, found: str, wanted: str | None) -> None:
    """Refuse to end a trial that somebody else has begun since."""
    if wanted is not None and found != wanted:
        raise XdpError(
            f"The trial {wanted} of the pin set {layout.path} has ended, and somebody else has begun another one since, "
            f"{found}. It was left alone"
        )


def _ended(layout: Layout, wanted: str, trial_id: str | None) -> Decided:
    """What became of the last trial, which is as it is wanted, or an error."""
    record = records.known(record_links.read(layout.record), layout.record)
    tried = record.trial if record else None
    if tried is None:
        return Decided(False, None)
    _require_same(layout, tried.id, trial_id)
    return _judged(layout, tried, wanted)


def _judged(layout: Layout, tried: Tried, wanted: str) -> Decided:
    shown = {"state": tried.outcome, "object_digest": tried.object, "id": tried.id}
    if wanted == CONFIRMED and tried.outcome != CONFIRMED:
        how = "expired before it was confirmed" if tried.outcome == EXPIRED else "was rolled back"
        raise XdpError(
            f"The last trial of the pin set {layout.path} {how}, and what was there before is in force. There is nothing to "
            f"confirm: run the task that changes it again"
        )
    if wanted == ROLLED_BACK and tried.outcome == CONFIRMED:
        raise XdpError(
            f"The last trial of the pin set {layout.path} was confirmed, and cannot be rolled back any more. "
            f"Run xdp_pin with the program that is to be in force"
        )
    return Decided(False, shown)
