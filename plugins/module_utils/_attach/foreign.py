# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A program on a wanted interface that the set does not own: whose it is, and what frees the interface."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment, describe
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.inventory import owners
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request

# The words of ip-link(8).
_IP_WORDS = {"native": "xdpdrv", "generic": "xdpgeneric", "offload": "xdpoffload"}


def check_foreign(request: Request, observed: Observed, foreign: Attachment) -> None:
    """Refuse it, unless it may be replaced and can be."""
    if observed.giver_of(foreign) is not None:
        return
    text = f"{foreign.interface} has another XDP program: {describe(foreign)}"
    owned = owners(request.pin_root, observed.attachments)
    owner = owned.get(foreign.program_id)
    if owner:
        text += f", which the pin set {owner} owns"
    if owner:
        left = [
            each.interface
            for each in observed.attachments
            if owned.get(each.program_id) == owner and each.ifindex != foreign.ifindex
        ]
        raise XdpError(
            f"{text}. An interface runs the program of one pin set. Set replace_sets: [{owner}] to take it over, "
            f"or free {foreign.interface} first: run xdp_pin for {owner} with interfaces: [{', '.join(left)}], or remove {owner} with state: absent"
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
