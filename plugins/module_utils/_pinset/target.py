# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program and maps that are to be in force, and whether the kernel has them already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, info
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import LinkPin, Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.record import RecordedProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.attach_steps import AttachLink, AttachNetlink


class TargetMap(NamedTuple):
    fd: int
    info: info.MapInfo
    #: It was there before this run, so its contents are.
    reused: bool
    #: Of a map of maps, what each entry is like, in words; empty for others.
    inner: str = ""


class TargetProgram(NamedTuple):
    name: str
    fd: int
    info: info.ProgramInfo
    functions: tuple[str, ...]
    #: It was loaded in this run.
    fresh: bool


class Target(NamedTuple):
    program: TargetProgram | None
    maps: dict[str, TargetMap]
    #: Digests of what the object was made from, and of the object.
    source: str
    object: str
    #: The programs that are pinned beside it, by name, and that nothing attaches.
    helpers: dict[str, TargetProgram] = {}  # noqa: RUF012  # never changed in place
    #: The maps that are program arrays with entries of their own, by name.
    arrays: tuple[str, ...] = ()
    #: Slots of maps of maps that live on and are to hold maps that are new: outer map, slot, inner map.
    slots: tuple[tuple[str, int, str], ...] = ()

    @property
    def programs(self) -> list[TargetProgram]:
        """The one that is attached, and its helpers."""
        return [*([self.program] if self.program else ()), *self.helpers.values()]


class Standing(NamedTuple):
    """An attachment as it will be when the plan is done."""

    #: ``None``, as is the mode, for an interface that has moved to another network namespace.
    interface: str | None
    ifindex: int
    method: str
    path: str | None
    mode: str | None
    #: The step that attaches; its mode is the one that worked.
    step: AttachLink | AttachNetlink | None = None
    #: Packets meet no program for a moment: the kernel cannot change mode or method in one step.
    gap: bool = False
    #: Why ``auto`` selects generic mode here; ``None`` in native mode, and for a mode that was asked for.
    why: str | None = None

    def reason(self) -> str | None:
        """``why``, or what the driver answered when native mode was tried."""
        return (self.step.refusal if self.step else None) or self.why

    def warning(self) -> str | None:
        """Of a program that this run attaches: that it is in generic mode, and why; after the run, what came of it."""
        why = self.reason()
        return fell_back(self.interface, why) if self.step and why and self.interface else None

    @classmethod
    def elsewhere(cls, pin: LinkPin) -> Standing:
        """Of a link whose interface has moved to another network namespace; the index is its index there."""
        return cls(None, pin.info.ifindex, "link", pin.path, None)

    def result(self) -> dict[str, Any]:
        mode = self.step.mode if self.step else self.mode
        return {
            "interface": self.interface,
            "ifindex": self.ifindex,
            "mode": mode,
            "why": self.reason(),
            "method": self.method,
            "path": self.path,
            "gap": self.gap,
        }


def fell_back(interface: str, why: str) -> str:
    return (
        f"mode: auto selects generic mode on {interface}, which is slower than native mode: {why}. "
        f"Set mode: generic if that is intended, or mode: native to fail instead"
    )


def existing(request: Request, observed: Observed) -> Target | None:
    """What the request means, where the kernel has it."""
    if request.scope == "maps":
        return _existing_maps(request, observed)
    return _existing_program(request, observed)


def _existing_program(request: Request, observed: Observed) -> Target | None:
    recorded = observed.record.program if observed.record else None
    if recorded is None or not request.origin.is_of(recorded.source, recorded.object):
        return None
    if recorded.name != request.program and (request.program or len(recorded.functions) > 1):
        return None
    fd = observed.program(recorded.id)
    if fd is None:
        return None
    known = info.program_info(fd)
    if known.tag != recorded.tag or known.offload_ifindex != offload_device(request, observed):
        return None
    maps = _living_maps(recorded.maps, observed)
    if maps is None or _maps_were_replaced(recorded.maps, observed):
        return None
    helpers = _living_helpers(recorded, observed)
    if helpers is None or any(name not in observed.maps for name in recorded.arrays):
        return None  # an array that has lost its pin has lost its entries
    program = TargetProgram(recorded.name, fd, known, recorded.functions, fresh=False)
    return Target(program, maps, recorded.source, recorded.object, helpers, recorded.arrays)


def _living_helpers(recorded: RecordedProgram, observed: Observed) -> dict[str, TargetProgram] | None:
    """The helpers on record, or ``None`` when one is gone or another program has its id."""
    helpers = {}
    for name, id in recorded.helpers.items():
        fd = observed.program(id)
        if fd is None:
            return None
        known = info.program_info(fd)
        if known.name != bpf.object_name(name):
            return None
        helpers[name] = TargetProgram(name, fd, known, (), fresh=False)
    return helpers


def _maps_were_replaced(used: dict[str, int], observed: Observed) -> bool:
    """Whether a run of its own (``scope: maps``) pinned other maps than the program uses: they are the wanted ones."""
    pinned = observed.record.maps.ids if observed.record and observed.record.maps else {}
    return any(
        name in pinned and name in observed.maps and observed.maps[name].info.id == pinned[name] != id
        for name, id in used.items()
    )


def _existing_maps(request: Request, observed: Observed) -> Target | None:
    for half in (observed.record.maps, observed.record.program) if observed.record else ():
        if half is not None and request.origin.is_of(half.source, half.object):
            maps = _living_maps(half.maps if isinstance(half, RecordedProgram) else half.ids, observed)
            if maps is not None:
                return Target(None, maps, half.source, half.object)
    return None


def _living_maps(ids: dict[str, int], observed: Observed) -> dict[str, TargetMap] | None:
    """All maps with these ids, or ``None`` when one is gone or another has its id."""
    maps = {}
    for name, id in ids.items():
        fd = observed.map(id)
        if fd is None:
            return None
        known = info.map_info(fd)
        if known.name != bpf.object_name(name):
            return None
        inner = observed.record.inner.get(name, "") if observed.record else ""
        maps[name] = TargetMap(fd, known, True, inner)
    return maps


def offload_device(request: Request, observed: Observed) -> int:
    """The interface that an offloaded program is loaded for; 0 for programs that run on the host."""
    if request.mode != "offload" or not request.interfaces:
        return 0
    interface = observed.interface(request.interfaces[0])
    return interface.ifindex if interface else 0
