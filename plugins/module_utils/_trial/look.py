# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""How far a trial has come, as its record and its clock in the kernel say. Looking needs no lock and changes nothing."""

from __future__ import annotations

import os
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import OFF
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.places import Places
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import Trial, parse

#: How a trial ended.
CONFIRMED, EXPIRED, ROLLED_BACK = "confirmed", "expired", "rolled_back"

_NEVER = clock.When(0, 0)


class Seen(NamedTuple):
    """A trial that was found, and how far it is."""

    trial: Trial
    when: clock.When

    @property
    def is_pending(self) -> bool:
        """As ``When.is_pending``."""
        return self.when.is_pending

    @property
    def is_confirmed(self) -> bool:
        """As ``When.is_confirmed``."""
        return self.when.is_confirmed

    def outcome(self) -> str | None:
        """Of one that is not pending; ``None`` where the new program has never decided."""
        if self.is_confirmed:
            return CONFIRMED
        if not self.when.begin:
            return None
        return EXPIRED if self.when.span else ROLLED_BACK

    def result(self) -> dict[str, object]:
        """As modules return it of one that is pending."""
        trial = self.trial
        return {
            "state": "pending",
            "id": trial.id,
            "timeout": trial.timeout,
            "seconds_left": round(max(0.0, self.when.left()), 3),
            "protection": trial.protection,
            "why": trial.why,
            "interfaces": sorted(place.name for place in trial.places),
        }


def look(layout: Layout) -> Seen | None:
    """The trial of this set; ``None`` where there is none, or what a killed run has left of one."""
    places = Places(layout)
    require_safe(places)
    text = record_links.read(places.record)
    if text is None:
        return None
    return Seen(parse(text, places.record), _when(places))


def require_safe(places: Places) -> None:
    """Refuse a trial that users other than root could have made: it decides what interfaces run."""
    for path in (places.path, *places.parts.values()):
        ownership.require_safe(path)
        if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
            raise XdpError(f"{path} is where the directory of a trial has to be. Remove it")


def _when(places: Places) -> clock.When:
    try:
        fd = bpf.obj_get(places.when)
    except FileNotFoundError:
        return _NEVER  # the run that made the record was killed before it had come so far
    except OSError as error:
        raise KernelError(f"Cannot open the pin {places.when}", error.errno or 0) from error
    try:
        if not clock.is_one(fd):
            raise XdpError(
                f"{places.when} is not the clock of a trial. Nothing was changed. Detach by hand what the interfaces run "
                f"(ip link set dev INTERFACE {OFF}), and remove the pin set (rm -r)"
            )
        return clock.read(fd)
    finally:
        os.close(fd)
