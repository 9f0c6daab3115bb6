# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What action plugins hand to modules in addition to the options of the task.

It travels in a single option, whose name sorts last in the documentation, so that users meet their own options first.
In the code, on both sides, each value is an option whose name begins with an underscore.
"""

from __future__ import annotations

from typing import Any

#: The option. A task that sets it is refused.
NAME = "xdp_internal"

#: The part of the argument spec that modules have which take it.
ARGUMENT: dict[str, dict[str, Any]] = {NAME: {"type": "dict"}}

_PROGRAM: dict[str, Any] = {"text": None, "headers": None, "apart": None, "sent": None, "signer": None}

#: What it can hold in a task, with the value of each where the action plugin is silent. These are empty, and not shown in invocations.
_TASK: dict[str, Any] = {
    **_PROGRAM,
    "object": None,
    "over_ssh": None,
    "packed": None,
    "parts": None,
    "program_with_frags": None,
    "renewed": False,
    "tests_together": False,
    "trial": None,
    "unknown": (),
    "vlan_rules": (),
}

#: The same for the elements of options that are lists.
_ELEMENTS: dict[str, dict[str, Any]] = {
    "chain": _PROGRAM,
    "contents": {"packed": None, "renewed": False},
    "tests": {"data": None, "out": None},
}


def is_reserved(option: Any) -> bool:
    """Whether an option is none that a task may set."""
    return option == NAME or str(option).startswith("_")


def pack(options: dict[str, Any]) -> dict[str, Any]:
    """On the controller: the options as they travel to the module."""
    packed = _packed(options)
    for name in _ELEMENTS:
        if isinstance(packed.get(name), list):
            packed[name] = [_packed(each) if isinstance(each, dict) else each for each in packed[name]]
    return packed


def _packed(options: dict[str, Any]) -> dict[str, Any]:
    internal = {name[1:]: value for name, value in options.items() if name.startswith("_")}
    packed = {name: value for name, value in options.items() if not name.startswith("_")}
    return {**packed, NAME: internal} if internal else packed


def unpack(options: dict[str, Any]) -> None:
    """On the host: the same options as the code of the module knows them, changed in place."""
    _unpack(options, _TASK)
    for name, defaults in _ELEMENTS.items():
        for each in options.get(name) or ():
            _unpack(each, defaults)


def _unpack(options: dict[str, Any], defaults: dict[str, Any]) -> None:
    if NAME in options:
        internal = options.pop(NAME) or {}
        options.update((f"_{name}", internal.get(name, value)) for name, value in defaults.items())
