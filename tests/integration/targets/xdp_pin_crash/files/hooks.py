# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strike a run from within its own process, at one of the calls that change something.

strace injects an error *instead of* a call. Here a call can also act, and then
lose its answer, or get its process a signal. It is faster, too: no tracer.
The product's code knows nothing of this: calls are wrapped in the child that
runs, after it was forked.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
from types import SimpleNamespace
from typing import Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink_attach, netlink_xdp
from ansible_collections.ebpf.xdp.plugins.module_utils._process import child

# MAP_CREATE, MAP_UPDATE_ELEM, MAP_DELETE_ELEM, PROG_LOAD, OBJ_PIN, BTF_LOAD, MAP_FREEZE, MAP_UPDATE_BATCH, MAP_DELETE_BATCH,
# LINK_CREATE, LINK_UPDATE, LINK_DETACH
_CHANGING = {
    0: "map",
    2: "update",
    3: "delete",
    5: "load",
    6: "pin",
    18: "btf",
    22: "freeze",
    26: "copy",
    27: "empty",
    28: "link",
    29: "switch",
    34: "detach",
}
_FILES = ("mkdir", "rename", "rmdir", "symlink", "unlink")


class Effect(NamedTuple):
    """What a strike does."""

    name: str
    #: The error that the call reports, and whether the call acts before it does.
    error: int = 0
    acts: bool = True
    #: A signal for the process, before or after the call.
    before: signal.Signals | None = None
    after: signal.Signals | None = None
    #: Only calls over netlink are struck.
    netlink: bool = False
    #: Calls over netlink are made in a child, and this module of these tests is what is run there.
    child: str = ""


class Strike(NamedTuple):
    """An effect at the Nth call (from 1)."""

    effect: Effect
    number: int


class Hooks:
    """Wraps the calls of this process. ``told`` is called with the name of each call that is struck."""

    def __init__(self, strikes: list[Strike], told: Callable[[str], None]) -> None:
        self._strikes = strikes
        self._told = told
        self._count = 0

    def install(self) -> None:
        real = bpf._libc.syscall
        bpf._libc = SimpleNamespace(syscall=lambda *arguments: self._syscall(real, *arguments))  # type: ignore[assignment]
        for name in _FILES:
            setattr(os, name, self._file(name, getattr(os, name)))
        if any(strike.effect.child for strike in self._strikes):
            netlink_attach.importlib = SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None))  # type: ignore[assignment]
            self._in_child(child.run)
        else:
            netlink_xdp.set_program = self._netlink(netlink_xdp.set_program)

    def _here(self, what: str, netlink: bool = False) -> Effect | None:
        """The effect at this call, if there is one; counts the call."""
        counted = netlink or not all(strike.effect.netlink for strike in self._strikes)
        if not counted:
            return None
        self._count += 1
        for strike in self._strikes:
            if strike.number == self._count:
                self._told(what)
                return strike.effect
        return None

    def _syscall(self, real: Any, number: int, command: int, *rest: Any) -> int:
        effect = self._here(_CHANGING[command]) if command in _CHANGING else None
        if effect is None:
            return int(real(number, command, *rest))
        _signal(effect.before)
        result = int(real(number, command, *rest)) if effect.acts else -1
        _signal(effect.after)
        if effect.error:
            ctypes.set_errno(effect.error)
            return -1
        return result

    def _file(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            effect = self._here(f"{name} {' '.join(map(str, arguments))}"[-60:])
            if effect is None:
                return real(*arguments, **options)
            _signal(effect.before)
            result = real(*arguments, **options) if effect.acts else None
            _signal(effect.after)
            if effect.error:
                raise OSError(effect.error, os.strerror(effect.error), arguments[0])
            return result

        return call

    def _netlink(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(*arguments: Any, **options: Any) -> int:
            effect = self._here("netlink", netlink=True)
            if effect is None:
                return real(*arguments, **options)
            _signal(effect.before)
            result = real(*arguments, **options) if effect.acts else effect.error
            _signal(effect.after)
            if effect.error and (effect.acts or effect.error == errno.EINTR):
                raise OSError(effect.error, os.strerror(effect.error))
            return result

        return call

    def _in_child(self, real: Callable[..., Any]) -> None:
        root = child.import_root()
        child.import_root = lambda: f"{root}:{os.path.dirname(os.path.abspath(__file__))}"  # it becomes PYTHONPATH

        def run(module: str, request: Any, pass_fds: Any = ()) -> Any:
            effect = self._here("netlink in a child", netlink=True) if request else None
            return real(effect.child if effect else module, request, pass_fds)

        child.run = run


def _signal(number: signal.Signals | None) -> None:
    if number is not None:
        os.kill(os.getpid(), number)
