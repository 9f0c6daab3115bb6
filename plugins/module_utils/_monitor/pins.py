# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monitor of a host as pins: links that hold programs at tracepoints, and the maps in which they count. Nothing else holds them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, bpf_change, bpffs, info, ownership, tracing
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.code import counting
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.kernel_types import KernelTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.places import COUNTS, LOST, path_of
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.tracepoints import ALWAYS, KEY, REDIRECTS, Tracepoint

#: Combinations of interface, program and reason that are counted.
_MOST = 4096

#: A symbolic link to this: what is there of another version is made anew.
_VERSION = "version"
_NOW = "1"

_PERCPU_HASH, _PERCPU_ARRAY = 5, 6  # enum bpf_map_type


class Outcome(NamedTuple):
    changed: bool
    #: Names of tracepoints.
    before: list[str]
    after: list[str]


def attached(pin_root: str) -> list[str]:
    """The tracepoints at which there is a program of ours, sorted; none where it is of another version."""
    path = path_of(pin_root)
    if not _is_ours(path):
        return []
    return sorted(point.name for point in (*ALWAYS, *REDIRECTS) if _is_link(os.path.join(path, point.name)))


def ensure(pin_root: str, redirects: bool, check_mode: bool) -> Outcome:
    """Have a program at each tracepoint that is wanted and that the kernel has, and at no other."""
    with bpffs.entered(bpffs.require(pin_root), None):
        path = path_of(pin_root)
        ownership.require_safe(path)
        before = attached(pin_root)
        asked = (*ALWAYS, *REDIRECTS) if redirects else ALWAYS
        there = {point.name for point in asked}.intersection(before)
        # Which of them the kernel has takes a while to find out, and was found out once.
        least = {ALWAYS[0].name, ALWAYS[1].name, *([REDIRECTS[0].name] if redirects else [])}
        if least <= there == set(before):
            return Outcome(False, before, before)
        types = KernelTypes()
        wanted = [point for point in asked if types.tracepoint(point.name) is not None]
        after = sorted(point.name for point in wanted)
        if not check_mode:
            _make(path, types, wanted, before)
        return Outcome(before != after, before, after)


def remove(pin_root: str, check_mode: bool) -> Outcome:
    """Take all of it away."""
    path = path_of(pin_root)
    if not os.path.isdir(path) or os.path.islink(path):
        return Outcome(False, [], [])
    with bpffs.entered(bpffs.require(pin_root), None):
        ownership.require_safe(path)
        before = attached(pin_root)
        if not check_mode:
            _clear(path)
            with _naming("remove", path):
                os.rmdir(path)
        return Outcome(True, before, [])


def _make(path: str, types: KernelTypes, wanted: list[Tracepoint], before: Iterable[str]) -> None:
    if not _is_ours(path):
        _clear(path)
    with ExitStack() as held, ExitStack() as made:
        for each in bpffs.missing(path):
            with _naming("make", each):
                os.mkdir(each, 0o700)
            made.callback(_quietly, os.rmdir, each)
        if not os.path.lexists(os.path.join(path, _VERSION)):
            with _naming("make", path):
                os.symlink(_NOW, os.path.join(path, _VERSION))
            made.callback(_quietly, os.unlink, os.path.join(path, _VERSION))
        counts = _map(path, COUNTS, (_PERCPU_HASH, KEY.size, 8, _MOST), held, made)
        lost = _map(path, LOST, (_PERCPU_ARRAY, 4, 8, 1), held, made)
        offsets = types.offsets()
        for point in wanted:
            if point.name not in before:
                _attach(
                    os.path.join(path, point.name), point, counting(point, offsets, counts, lost), types, held, made
                )
        made.pop_all()
    for name in set(before) - {point.name for point in wanted}:
        with _naming("remove", os.path.join(path, name)):
            os.unlink(os.path.join(path, name))


def _map(path: str, name: str, shape: tuple[int, int, int, int], held: ExitStack, made: ExitStack) -> int:
    pin = os.path.join(path, name)
    with _naming("make the map", pin):
        if os.path.lexists(pin):
            fd = bpf.obj_get(pin)
        else:
            fd = bpf_change.map_create(f"xdp_monitor_{name}", *shape, 0)
            bpf.obj_pin(fd, pin)
            made.callback(_quietly, os.unlink, pin)
    held.callback(os.close, fd)
    return fd


def _attach(
    pin: str, point: Tracepoint, instructions: bytes, types: KernelTypes, held: ExitStack, made: ExitStack
) -> None:
    try:
        program = tracing.prog_load(point.name, instructions, types.tracepoint(point.name) or 0)
    except OSError as error:
        log = "\n".join((error.strerror or "").splitlines()[-20:])
        raise KernelError(f"Cannot load the program for the tracepoint {point.name}", error.errno or 0, log) from None
    held.callback(os.close, program)
    with _naming("attach to the tracepoint", point.name):
        link = tracing.attach(program)
        held.callback(os.close, link)
    with _naming("pin", pin):
        bpf.obj_pin(link, pin)
    made.callback(_quietly, os.unlink, pin)


def _is_ours(path: str) -> bool:
    try:
        return os.readlink(os.path.join(path, _VERSION)) == _NOW
    except OSError:
        return False


def _is_link(pin: str) -> bool:
    try:
        fd = bpf.obj_get(pin)
    except OSError:
        return False
    try:
        return info.kind(fd) == "link"
    finally:
        os.close(fd)


def _clear(path: str) -> None:
    if os.path.isdir(path):
        for name in bpffs.names(path):
            with _naming("remove", os.path.join(path, name)):
                os.unlink(os.path.join(path, name))


def _quietly(action: Callable[[str], None], path: str) -> None:
    with suppress(OSError):
        action(path)


@contextmanager
def _naming(action: str, what: str) -> Iterator[None]:
    try:
        yield
    except XdpError:
        raise
    except OSError as error:
        raise KernelError(f"Cannot {action} {what}", error.errno or 0) from None
