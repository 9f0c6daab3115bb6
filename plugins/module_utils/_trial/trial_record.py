# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The record of a trial: what it takes to end it in either direction, as data and as text.

It lies in symbolic links as the record of a set does (_record/record_links.py). It is written before anything else of a
trial and removed last, and it does not change in between: how far a trial has come is to be seen in the kernel.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import MODE_FLAGS, OFF
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import is_interface_name, is_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name
from ansible_collections.ebpf.xdp.plugins.module_utils._version import VERSION

_FORMAT = 1

#: Who sees to it that the old program comes back: the kernel, or a process of ours.
KERNEL, PROCESS = "kernel", "process"


class Side(NamedTuple):
    """What an interface runs on one side of a trial."""

    #: The program's id.
    program: int
    #: ``None`` where it is the first of ``auto`` that the driver takes.
    mode: str | None
    #: ``link`` or ``netlink``.
    method: str


class Place(NamedTuple):
    """An interface whose program changes."""

    name: str
    ifindex: int
    #: ``None`` where there is no program before, or afterwards.
    old: Side | None
    new: Side | None
    #: Id of the guard that it runs meanwhile; 0 where it runs the new program at once.
    guard: int
    #: Id of the link that was there before; 0 for none.
    link: int
    #: The pin set that gives the interface up; empty where it is this one's, or nobody's.
    giver: str = ""


class Trial(NamedTuple):
    """All that is on record of a trial. The names of fields are keys of the record, as in all classes here."""

    #: Tells this trial from all others.
    id: str
    timeout: int
    protection: str
    #: Why it is a process that brings the old program back.
    why: str | None
    #: Digest of the object that is on trial; empty where the set is to go.
    object: str
    #: Texts of the set's record before and afterwards; ``None`` for no record.
    old: str | None
    new: str | None
    places: tuple[Place, ...]
    #: What is pinned for the trial, as ``maps/NAME`` and ``programs/NAME``, by id.
    pins: dict[str, int]
    #: Pins of the set that go when the trial is confirmed, by id.
    gone: dict[str, int]
    #: Where the interfaces are.
    netns: NetworkNamespace = NetworkNamespace(0, 0, 0)
    #: The pin sets that interfaces come from, or are on record with.
    givers: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The record as JSON."""
        data: dict[str, Any] = {"version": _FORMAT, "by": VERSION, **self._asdict()}
        return json.dumps(data, separators=(",", ":"), sort_keys=True)


def parse(text: str, path: str) -> Trial:
    """Refuses what no version, or only a newer one, can have written."""
    try:
        data = json.loads(text)
        if data.pop("version") != _FORMAT and data.get("by") != VERSION:
            raise XdpError(
                f"{path} was written by ebpf.xdp {data.get('by')}, and this is ebpf.xdp {VERSION}, which does not know its "
                f"format. Upgrade the collection on the controller"
            )
        del data["by"]
        data["places"] = tuple(_place(*each) for each in data["places"])
        data["netns"] = NetworkNamespace(*data["netns"])
        data["givers"] = tuple(data.get("givers", ()))
        trial = Trial(**data)
        _check(trial)
        return trial
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise XdpError(
            f"{path} is not the record of a trial. Nothing was changed. Detach by hand what the interfaces run "
            f"(ip link set dev INTERFACE {OFF}), and remove the pin set (rm -r)"
        ) from error


def _place(name: str, ifindex: int, old: Any, new: Any, guard: int, link: int, giver: str = "") -> Place:
    return Place(name, ifindex, old and Side(*old), new and Side(*new), guard, link, giver)


def _check(trial: Trial) -> None:
    numbers = [*trial.pins.values(), *trial.gone.values(), trial.timeout]
    names = {*trial.pins, *trial.gone}
    for place in trial.places:
        sides = [side for side in (place.old, place.new) if side is not None]
        numbers += [place.ifindex, place.guard, place.link, *(side.program for side in sides)]
        modes = {None, *MODE_FLAGS}
        if not is_interface_name(place.name) or any(side.mode not in modes for side in sides) or not sides:
            raise ValueError
    parts = [name.partition("/") for name in names]
    if not all(part in ("maps", "programs") and usable_name(name.partition("@")[0]) for part, _slash, name in parts):
        raise ValueError
    if not all(isinstance(each, int) and 0 <= each < 1 << 32 for each in numbers):
        raise ValueError
    if not all(isinstance(each, str) and is_name(each) for each in trial.givers):
        raise ValueError
    if any(place.giver not in ("", *trial.givers) for place in trial.places):
        raise ValueError
    if trial.protection not in (KERNEL, PROCESS) or not isinstance(trial.id, str):
        raise ValueError
