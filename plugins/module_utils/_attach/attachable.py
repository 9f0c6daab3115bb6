# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether a program may be attached where it is wanted: known before anything is loaded."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request


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
            # Imported only where something is in the way.
            from ansible_collections.ebpf.xdp.plugins.module_utils._attach.foreign import check_foreign

            check_foreign(request, observed, foreign)
        here = own.get(interface.ifindex)
        if request.mode not in ("auto", here.mode if here else None):
            # As is this where an interface is not as it should be.
            from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_modes import modes

            modes(request, interface, request.program)
    return request._replace(interfaces=tuple(interface.name for interface in wanted.values()))


def _named(name: str, observed: Observed) -> netlink.Interface:
    interface = observed.interface(name)
    if interface is None:
        from ansible_collections.ebpf.xdp.plugins.module_utils._network import interface_names

        raise interface_names.unknown(name, [each.name for each in observed.interfaces])
    return interface
