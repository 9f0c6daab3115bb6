# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A program that is bound to devices: loaded once for each interface, over the same maps, and pinned as NAME@IFINDEX.

The kernel does not say to which interface such a program is bound, so the record
does. Nor does it compare that with the interface when a program is put there: up
to Linux 6.18, BPF_LINK_CREATE and BPF_LINK_UPDATE took one that is bound to
another (seen with veth). So each interface gets the one under its own index, and a
link is asked where it is before it gets another (attach_steps.SwitchLink).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import native
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import RecordedProgram


class Devices(NamedTuple):
    """The interfaces, by index, that a program is to be loaded for, and what the user should know of them."""

    wanted: tuple[int, ...]
    warnings: tuple[str, ...]


def wanted(request: Request, observed: Observed) -> list[int]:
    """The indexes of the interfaces that will run it; if none are given, of those that run the set."""
    if request.interfaces is None:
        return sorted({attachment.ifindex for attachment in observed.own_attachments()})
    found = map(observed.interface, request.interfaces)
    return sorted({interface.ifindex for interface in found if interface})


def living(
    recorded: RecordedProgram, observed: Observed, devices: Iterable[int]
) -> dict[int, tuple[int, info.ProgramInfo]]:
    """Descriptor and facts of the programs on record that these interfaces run, by interface index.

    One that its interface does not run may be bound to an earlier one with the same
    index, which is gone.
    """
    found = {}
    running = {(each.ifindex, each.program_id) for each in observed.own_attachments()}
    for ifindex in devices:
        program_id = recorded.bound.get(str(ifindex))
        fd = observed.program(program_id) if program_id is not None and (ifindex, program_id) in running else None
        known = info.program_info(fd) if fd is not None else None
        if fd is not None and known is not None and known.tag == recorded.tag:
            found[ifindex] = fd, known
    return found


def devices(name: str, metadata: tuple[str, ...], request: Request, observed: Observed) -> Devices:
    """Where the program is to be loaded; refuses what cannot run it, before anything is changed."""
    reads = f"The program {name} reads packet metadata from the network card ({listed(metadata)})"
    if request.mode not in ("auto", "native"):
        raise XdpError(f"{reads}, which only native mode has. Set mode: native, or leave mode out")
    indexes = wanted(request, observed)
    if not indexes:
        raise XdpError(f"{reads}, so it is loaded for each interface. Give interfaces")
    warnings = []
    for interface in observed.interfaces:
        if interface.ifindex not in indexes:
            continue
        can = native.native(interface).features
        offered = can.metadata if can else None
        if can and (not can.native or offered == []):
            what = "does not run XDP programs" if not can.native else "offers none"
            raise XdpError(f"{reads}, and the driver of {interface.name} {what}. Leave {interface.name} out")
        lacking = sorted({*metadata} - {*offered}) if offered is not None else []
        if lacking:
            functions = listed([f"bpf_xdp_metadata_rx_{each}" for each in lacking])
            warnings.append(
                f"The driver of {interface.name} does not offer {functions}, which fails there (EOPNOTSUPP)"
            )
    return Devices(tuple(indexes), tuple(warnings))
