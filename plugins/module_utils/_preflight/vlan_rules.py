# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether rules about VLANs can match on the interfaces of a filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import vlan_tags
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record, record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout


def check(rules: Sequence[str], interfaces: Iterable[str], mode: str) -> list[str]:
    """Warnings about interfaces of which it is not known whether tags are in the frames that a program sees.

    ``rules`` are the names of rules that look at tags. Raises ``XdpError`` where it is known that they are not.
    An interface that is not there is left out.
    """
    found = vlan_tags.look(interfaces, mode)
    if found.takers or found.uppers:
        raise XdpError(refusal(rules, found))
    return [warning(rules, found.unseen)] if found.unseen else []


def fell_back(rules: Sequence[str], links: Iterable[Mapping[str, Any]]) -> list[str]:
    """Warnings about interfaces that run the filter in generic mode after all, although native mode seemed possible."""
    generic = [link["interface"] for link in links if link["mode"] == "generic" and link["interface"] is not None]
    uppers = vlan_tags.look(generic, "generic").uppers if generic else []
    return [
        f"vlan: {_named(each)} runs the filter in generic mode, and gets frames without their VLAN tags there, so the rules "
        f"{', '.join(rules)} see every frame as untagged. To have them match, {_instead(each)}"
        for each in uppers
    ]


def interfaces_of(request: Request) -> tuple[str, ...]:
    """Those that are asked for, or that the set has and keeps; what is wrong with its record is said by whoever needs it."""
    if request.interfaces is not None:
        return request.interfaces
    path = Layout(request.pin_root, request.name).record
    with suppress(XdpError, OSError):
        found = record.known(record_links.read(path), path)
        if found is not None and found.interfaces is not None:
            return found.interfaces
    return ()


def refusal(rules: Sequence[str], found: vlan_tags.Found) -> str:
    """Why the rules with these names cannot match, and what to do."""
    causes = [each.cause for each in found.takers]
    causes += [f"{_named(each)} gets a frame after the kernel has removed its tag" for each in found.uppers]
    commands = " and ".join(each.command for each in found.takers)
    remedies = [*([f"run {commands}"] if commands else []), *map(_instead, found.uppers), "or leave vlan out"]
    todo = ", ".join(remedies)
    return (
        f"vlan: frames reach the filter without their VLAN tags, so the rules {', '.join(rules)} would see every frame as untagged: "
        f"{'; '.join(causes)}. {todo[0].upper()}{todo[1:]}. Nothing was changed"
    )


def warning(rules: Sequence[str], unseen: Sequence[vlan_tags.Unseen]) -> str:
    """What could not be looked at, what that may do to the rules with these names, and what rules it out."""
    ends = "; ".join(f"{each.name} ({each.why})" for each in unseen)
    commands = " and ".join(each.command for each in unseen)
    return (
        f"vlan: it is not known whether frames reach the filter with their VLAN tags, because some interfaces that send them cannot be "
        f"looked at: {ends}. If such an interface sends tags beside the frames, the rules {', '.join(rules)} see every frame as untagged, "
        f"and a VLAN id never matches. To rule that out, run {commands} there"
    )


def _named(upper: vlan_tags.Upper) -> str:
    return f"{upper.name} ({upper.kind})"


def _instead(upper: vlan_tags.Upper) -> str:
    below = ", ".join(upper.below) or f"the interfaces below {upper.name}"
    native = " (or set mode: native)" if upper.kind == "bond" else ""
    return f"attach the filter to {below} instead of {upper.name}{native}"
