# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a program may be attached where it is wanted, and in which mode: known before it is even compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.attachments import Attachment, describe
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import native

# The words of ip-link(8).
_IP_WORDS = {"native": "xdpdrv", "generic": "xdpgeneric", "offload": "xdpoffload"}


class Modes(NamedTuple):
    #: To be tried in this order.
    order: tuple[str, ...]
    #: Why native mode is not among them although ``auto`` would prefer it.
    why: str | None = None


def check(request: Request, observed: Observed) -> Request:
    """Refuse interfaces that are not there, that run a foreign program, or whose driver cannot.

    Returns the request with each interface once, by its primary name: users may
    give altnames, the kernel, pins and results have the one name.
    """
    if request.interfaces is None:
        return request
    wanted = {interface.ifindex: interface for interface in (_named(name, observed) for name in request.interfaces)}
    if request.mode == "offload" and len(wanted) != 1:
        raise XdpError("mode: offload loads the program into one network card. Give exactly one interface")
    own = {attachment.ifindex: attachment for attachment in observed.own_attachments()}
    for interface in wanted.values():
        foreign = observed.foreign_attachment(interface.ifindex)
        if foreign is not None:
            check_foreign(request, observed, foreign)
        here = own.get(interface.ifindex)
        if request.mode not in ("auto", here.mode if here else None):
            modes(request, interface, request.program)
    return request._replace(interfaces=tuple(interface.name for interface in wanted.values()))


def _named(name: str, observed: Observed) -> netlink.Interface:
    interface = observed.interface(name)
    if interface is None:
        from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import interface_names

        raise interface_names.unknown(name, [each.name for each in observed.interfaces])
    return interface


def check_foreign(request: Request, observed: Observed, foreign: Attachment) -> None:
    # Only what is in the way makes it worth to look who owns what.
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.inventory import owners

    text = f"{foreign.interface} has another XDP program: {describe(foreign)}"
    owned = owners(request.pin_root, observed.attachments)
    owner = owned.get(foreign.program_id)
    if owner:
        text += f", which the pin set {owner} owns"
    if foreign.link_id is not None and owner:
        left = [
            each.interface
            for each in observed.attachments
            if owned.get(each.program_id) == owner and each.ifindex != foreign.ifindex
        ]
        raise XdpError(
            f"{text}. An interface runs the program of one pin set. Free {foreign.interface} first: run xdp_pin "
            f"for {owner} with interfaces: [{', '.join(left)}], or remove {owner} with state: absent"
        )
    if foreign.link_id is not None:
        advice = "End the process or remove the pin that holds it"
        pin = observed.foreign_links.get(foreign.link_id)
        if pin:
            advice = f"Somebody pinned it as {pin}: remove that pin (rm {pin})"
        raise XdpError(
            f"{text}. A bpf_link of somebody else's cannot be replaced. {advice} "
            f"(bpftool link show id {foreign.link_id} names it)"
        )
    if not request.replace_foreign:
        raise XdpError(
            f"{text}. Set replace_foreign: true to replace it, or detach it first "
            f"(ip link set dev {foreign.interface} {_IP_WORDS[foreign.mode]} off)"
        )


def modes(request: Request, interface: netlink.Interface, program: str | None) -> Modes:
    """The modes to try, by what was asked and what is known of the interface.

    ``program`` is the program's name, ``None`` for the only one of the object.
    """
    if request.mode == "generic":
        return Modes(("generic",))
    # An interface that is as it should be is not asked.
    from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import native

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
        refuse_mtu(f"Cannot attach to {interface.name} in native mode", known, frags)
    return Modes((request.mode,))


def refuse_mtu(action: str, known: native.Native, frags: bool | None) -> None:
    """Refuse what the driver is known to answer ERANGE or EINVAL to."""
    why = known.mtu_obstacle()
    if why and frags is False:
        raise XdpError(
            f'{action}: {why}. Lower that MTU, build the program for frags (SEC("xdp.frags")), or set mode: generic, '
            f"which works on every interface"
        )


def check_switch(request: Request, attachment: Attachment, interface: netlink.Interface, program: str) -> None:
    """Refuse to put a program without frags where only one with them can be; generic mode has no such limit."""
    if attachment.mode != "native":
        return
    from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import native

    known = native.native(interface)
    if known.mtu_obstacle():
        refuse_mtu(f"Cannot switch the program on {interface.name} in native mode", known, has_frags(request, program))


def why_generic(request: Request, interface: netlink.Interface, program: str) -> tuple[str | None, bool]:
    """Why a program that ``auto`` left in generic mode is there, and whether native mode has become possible.

    An unknown answer, as from kernels before 6.3, is not called possible.
    """
    from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import native

    known = native.native(interface)
    why = known.obstacle(has_frags(request, program) if known.mtu_obstacle() else None)
    if why is None and known.supported:
        return "it was in generic mode before, and mode: auto leaves it there", True
    return why or "it was in generic mode before, and whether the driver can do better is not known", False


def has_frags(request: Request, program: str | None) -> bool | None:
    """Whether the program takes packets in several buffers; ``None`` where it is not known which one it is."""
    if request.origin.object is None:
        return False  # It is a C source, and bcc has no way to ask for frags.
    from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import F_XDP_HAS_FRAGS

    candidates = [each for each in request.origin.make().programs if program in (None, each.name)]
    found = {bool(each.flags & F_XDP_HAS_FRAGS) for each in candidates}
    return found.pop() if len(found) == 1 else None
