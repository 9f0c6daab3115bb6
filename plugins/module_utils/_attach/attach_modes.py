# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""In which mode a program can be attached, by what was asked and what is known of the interface.

A run that finds its interfaces as they should be does not ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import native


class Modes(NamedTuple):
    """The modes in which a program may be attached to an interface."""

    #: To be tried in this order.
    order: tuple[str, ...]
    #: Why native mode is not among them although ``auto`` would prefer it.
    why: str | None = None


def modes(request: Request, interface: netlink.Interface, program: str | None) -> Modes:
    """The modes to try, by what was asked and what is known of the interface.

    ``program`` is the program's name, ``None`` for the only one of the object.
    """
    if request.mode == "generic":
        return Modes(("generic",))
    # An interface that is as it should be is not asked.
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import native

    known = native.native(interface)
    frags = has_frags(request, program) if known.mtu_obstacle() else None
    if request.mode == "auto":
        why = known.obstacle(frags)
        return Modes(("generic",), why) if why else Modes(("native", "generic"))
    if known.features and not getattr(known.features, request.mode):
        raise XdpError(
            f"The driver of {interface.name} does not support XDP in {request.mode} mode"
            + (known.condition if request.mode == "native" else "")
            + ". Set mode: generic, which works on every interface"
            + (", or mode: native" if request.mode == "offload" and known.features.native else "")
        )
    if request.mode == "native":
        refuse_mtu(f"Cannot attach to {interface.name} in native mode", known, frags, request)
    return Modes((request.mode,))


def refuse_mtu(action: str, known: native.Native, frags: bool | None, request: Request) -> None:
    """Refuse what the driver is known to answer ERANGE or EINVAL to."""
    why = known.mtu_obstacle()
    if why and frags is False:
        members = (
            []
            if request.origin.object is None
            else [each.name for each in request.origin.make().members if not each.frags]
        )
        which = f". Of the chain, these are without frags: {', '.join(members)}" if members else ""
        raise XdpError(
            f'{action}: {why}. Lower that MTU, build the program for frags (SEC("xdp.frags")), or set mode: generic, '
            f"which works on every interface{which}"
        )


def check_switch(request: Request, attachment: Attachment, interface: netlink.Interface, program: str) -> None:
    """Refuse to put a program without frags where only one with them can be; generic mode has no such limit."""
    if attachment.mode != "native":
        return
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import native

    known = native.native(interface)
    if known.mtu_obstacle():
        frags = has_frags(request, program)
        refuse_mtu(f"Cannot switch the program on {interface.name} in native mode", known, frags, request)


def why_generic(request: Request, interface: netlink.Interface, program: str) -> tuple[str | None, bool]:
    """Why a program that ``auto`` left in generic mode is there, and whether native mode has become possible.

    An unknown answer, as from kernels before 6.3, is not called possible.
    """
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import native

    known = native.native(interface)
    why = known.obstacle(has_frags(request, program) if known.mtu_obstacle() else None)
    if why is None and known.supported:
        return "it was in generic mode before, and mode: auto leaves it there", True
    return why or "it was in generic mode before, and whether the driver can do better is not known", False


def has_frags(request: Request, program: str | None) -> bool | None:
    """Whether the program takes packets in several buffers; ``None`` where it is not known which one it is."""
    if not request.origin.may_have_frags:
        return False
    if request.origin.compiles:
        return None  # It need not be compiled to know that: nothing is loaded.
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import F_XDP_HAS_FRAGS, XDP

    candidates = [
        each
        for each in request.origin.make().programs
        if each.name == program or (program is None and each.attach_type == XDP)
    ]
    found = {bool(each.flags & F_XDP_HAS_FRAGS) for each in candidates}
    return found.pop() if len(found) == 1 else None
