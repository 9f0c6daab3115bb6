# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The monitor of a host as pins: links that hold programs at tracepoints, and the maps in which they count. Nothing else holds them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.code import counting
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.kernel_types import KernelTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.places import COUNTS, LOST, path_of
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.tracepoints import (
    ALWAYS,
    KEY,
    REDIRECTS,
    Tracepoint,
    missing,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import (
    MakeDirectory,
    PinObject,
    RemoveDirectory,
    Unpin,
    WriteRecord,
)

#: Combinations of interface, program and reason that are counted.
_MOST = 4096

#: A symbolic link to this: pins of another version are made again.
_VERSION = "version"
_NOW = "1"

_PERCPU_HASH, _PERCPU_ARRAY = 5, 6  # enum bpf_map_type

#: Of the verifier's log, for the user.
_LOG_LINES = 20
_LOG_SIZE = 1 << 16


class Outcome(NamedTuple):
    """What became of the monitor's pins."""

    changed: bool
    #: Names of tracepoints.
    before: list[str]
    after: list[str]
    #: Those that the kernel lacks, so that what is lost there is not counted.
    missing: list[str] = []  # noqa: RUF012  # never changed in place


class _There(NamedTuple):
    """What is pinned."""

    path: str
    #: Descriptors by name.
    pins: dict[str, int]
    #: ``None`` where nothing is there.
    version: str | None

    @property
    def tracepoints(self) -> list[str]:
        """Those at which there is a program of ours, sorted; none where it is of another version."""
        names = {point.name for point in (*ALWAYS, *REDIRECTS)} if self.version == _NOW else set()
        return sorted(name for name in names & self.pins.keys() if info.kind(self.pins[name]) == "link")


def ensure(pin_root: str, redirects: bool, check_mode: bool) -> Outcome:
    """Have a program at each tracepoint that is wanted and that the kernel has, and at no other."""
    with ExitStack() as held:
        held.enter_context(bpffs.entered(bpffs.require(pin_root), None))
        there = _look(pin_root, held)
        before = there.tracepoints
        asked = (*ALWAYS, *REDIRECTS) if redirects else ALWAYS
        # Which of them the kernel has takes a while to find out, and was found out once.
        least = {ALWAYS[0].name, ALWAYS[1].name, *([REDIRECTS[0].name] if redirects else [])}
        if least <= set(before) <= {point.name for point in asked}:
            return Outcome(False, before, before, missing(asked, before))
        types = KernelTypes()
        wanted = [point for point in asked if types.tracepoint(point.name) is not None]
        after = sorted(point.name for point in wanted)
        if not check_mode:
            _plan(there, types, wanted, held).apply()
        return Outcome(before != after, before, after, missing(asked, after))


def remove(pin_root: str, check_mode: bool) -> Outcome:
    """Take all of it away."""
    path = path_of(pin_root)
    if not os.path.isdir(path) or os.path.islink(path):
        return Outcome(False, [], [])
    with ExitStack() as held:
        held.enter_context(bpffs.entered(bpffs.require(pin_root), None))
        there = _look(pin_root, held)
        plan = Plan()
        _unpin(plan, there, there.pins)
        plan.add(WriteRecord(os.path.join(path, _VERSION), there.version, None))
        plan.add(RemoveDirectory(path))
        if not check_mode:
            plan.apply()
        return Outcome(True, there.tracepoints, [])


def _look(pin_root: str, held: ExitStack) -> _There:
    path = path_of(pin_root)
    ownership.require_safe(path)
    pins = {}
    for name in bpffs.names(path):
        if name != _VERSION:
            pins[name] = _opened(os.path.join(path, name), held)
    return _There(path, pins, record_links.read(os.path.join(path, _VERSION)))


def _opened(pin: str, held: ExitStack) -> int:
    try:
        fd = bpf.obj_get(pin)
    except OSError as error:
        raise KernelError(f"Cannot open the pin {pin}", error.errno or 0) from error
    held.callback(os.close, fd)
    return fd


def _plan(there: _There, types: KernelTypes, wanted: list[Tracepoint], held: ExitStack) -> Plan:
    """Programs count from here on, and stay when their links are pinned."""
    plan = Plan()
    kept = there.pins if there.version == _NOW else {}
    _unpin(plan, there, there.pins.keys() - kept.keys())
    if not os.path.isdir(there.path):
        plan.add(MakeDirectory(there.path))
    if there.version != _NOW:
        plan.add(WriteRecord(os.path.join(there.path, _VERSION), there.version, _NOW))
    maps = {}
    for name, shape in ((COUNTS, (_PERCPU_HASH, KEY.size, 8, _MOST)), (LOST, (_PERCPU_ARRAY, 4, 8, 1))):
        maps[name] = kept[name] if name in kept else _made(name, shape, held)
        if name not in kept:
            plan.add(PinObject(maps[name], os.path.join(there.path, name)))
    offsets = types.offsets()
    for point in wanted:
        if point.name not in there.tracepoints:
            code = counting(point, offsets, maps[COUNTS], maps[LOST])
            link = _attached(point.name, code, types.tracepoint(point.name) or 0, held)
            plan.add(PinObject(link, os.path.join(there.path, point.name)))
    _unpin(plan, there, set(there.tracepoints) - {point.name for point in wanted})
    return plan


def _unpin(plan: Plan, there: _There, names: Iterable[str]) -> None:
    for name in sorted(names):
        plan.add(Unpin(there.pins[name], os.path.join(there.path, name)))


def _made(name: str, shape: tuple[int, int, int, int], held: ExitStack) -> int:
    try:
        fd = bpf_change.map_create(f"xdp_monitor_{name}", *shape, 0)
    except OSError as error:
        raise KernelError(f"Cannot make the map {name}", error.errno or 0) from error
    held.callback(os.close, fd)
    return fd


def _attached(name: str, code: bytes, btf_id: int, held: ExitStack) -> int:
    """A link that holds the program at the tracepoint. The kernel lets only GPL-compatible programs near its structures."""
    try:
        program = bpf_change.prog_load(
            name, code, "GPL", log_size=_LOG_SIZE, attach_type="trace_raw_tp", attach_btf_id=btf_id
        )
    except OSError as error:
        log = "\n".join((error.strerror or "").splitlines()[-_LOG_LINES:])
        raise KernelError(f"Cannot load the program for the tracepoint {name}", error.errno or 0, log) from error
    held.callback(os.close, program)
    try:
        link = bpf_change.raw_tracepoint_open(program)
    except OSError as error:
        raise KernelError(f"Cannot attach to the tracepoint {name}", error.errno or 0) from error
    held.callback(os.close, link)
    return link
