# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a program may be attached where it is wanted: known before it is even compiled."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.attachments import Attachment, describe
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request

# The words of ip-link(8).
_IP_WORDS = {"native": "xdpdrv", "generic": "xdpgeneric", "offload": "xdpoffload"}


def check(request: Request, observed: Observed) -> None:
    """Refuse interfaces that are not there, that run a foreign program, or whose driver cannot."""
    own = {attachment.ifindex: attachment for attachment in observed.own_attachments()}
    for name in request.interfaces or ():
        interface = observed.interface(name)
        if interface is None:
            known = ", ".join(each.name for each in observed.interfaces)
            raise XdpError(f"There is no interface {name} on this host. There are: {known}")
        foreign = observed.foreign_attachment(interface.ifindex)
        if foreign is not None:
            check_foreign(request, foreign, observed.foreign_links.get(foreign.link_id or 0))
        here = own.get(interface.ifindex)
        if here is None or request.mode not in ("auto", here.mode):
            modes(request, interface)


def check_foreign(request: Request, foreign: Attachment, pin: str | None) -> None:
    """``pin`` is where the set's own directory has the foreign link, if it has."""
    # Only what is in the way makes it worth to look who owns what.
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.inventory import owners

    text = f"{foreign.interface} has another XDP program: {describe(foreign)}"
    owner = owners(request.pin_root, [foreign]).get(foreign.program_id)
    if owner:
        text += f", which the pin set {owner} owns"
    if foreign.link_id is not None:
        if owner:
            advice = f"Take {foreign.interface} from the interfaces of {owner}"
        elif pin:
            advice = f"Somebody pinned it as {pin}: remove that pin (rm {pin})"
        else:
            advice = "End the process or remove the pin that holds it"
        raise XdpError(
            f"{text}. A bpf_link of somebody else's cannot be replaced. {advice} "
            f"(bpftool link show id {foreign.link_id} names it)"
        )
    if not request.replace_foreign:
        raise XdpError(
            f"{text}. Set replace_foreign: true to replace it, or detach it first "
            f"(ip link set dev {foreign.interface} {_IP_WORDS[foreign.mode]} off)"
        )


def modes(request: Request, interface: netlink.Interface) -> tuple[str, ...]:
    """The modes to try, by what was asked and what the driver says."""
    # An interface that is as it should be is not asked.
    from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import drivers

    features = drivers.driver_features(interface.ifindex)
    if request.mode == "auto":
        return ("generic",) if features and not features.native else ("native", "generic")
    if features and request.mode in ("native", "offload") and not getattr(features, request.mode):
        raise XdpError(
            f"The driver of {interface.name} does not support XDP in {request.mode} mode. "
            f"Set mode: generic, which works on every interface"
            + (", or mode: native" if request.mode == "offload" and features.native else "")
        )
    return (request.mode,)
