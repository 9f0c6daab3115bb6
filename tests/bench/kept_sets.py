# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many sets that are kept for the next boot, with the program that brings them back."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import INTERFACES, Files
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec

_PROGRAM = "xdp_stats_pass"


def make(spec: ObjectSpec, sets: int, interfaces: int, directory: str, pin_root: str) -> list[str]:
    """So many sets, each with so many interfaces of its own, one end of a veth pair each; the beginning of the program's command line."""
    executable, kept = os.path.join(directory, "ebpf-xdp"), os.path.join(directory, "sets")
    _make_interfaces(range(sets * interfaces))
    for number in range(sets):
        names = tuple(f"a{each}" for each in range(number * interfaces, (number + 1) * interfaces))
        made = SavedSet(f"set{number}", pin_root, spec, _PROGRAM, names, "auto", "auto")
        if number == 0:
            Files(kept, executable, False, archive.build).keep(made.name, saved.to_text(made))
            continue
        # As Files.keep does, which reads what all the others say before it adds one.
        with open(os.path.join(kept, f"{made.name}.json"), "x", encoding="utf-8", opener=_private) as file:
            file.write(saved.to_text(made))
        for name in names:
            with open(os.path.join(kept, INTERFACES, name), "x", opener=_private):
                pass
    return [executable, "--directory", kept]


def send(interfaces: int) -> None:
    """A packet to each of the first so many interfaces, so that it has a row."""
    frame = (b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5").ljust(60, b"\0")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        for number in range(interfaces):
            sender.sendto(frame, (f"b{number}", 0))


def forget(pin_root: str) -> None:
    """Take away what they have brought back."""
    subprocess.run(["find", pin_root, "-depth", "-mindepth", "1", "-delete"], check=True)


def _make_interfaces(numbers: Iterable[int]) -> None:
    commands = "".join(
        f"link add a{number} type veth peer name b{number}\nlink set a{number} up\nlink set b{number} up\n"
        for number in numbers
    )
    subprocess.run(["ip", "-batch", "-"], input=commands, text=True, check=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
