# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a host, and each of its interfaces, can do for XDP before anything is attached."""

from __future__ import annotations

import errno
import os
import re
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs, host
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import attachments, ethtool, native, netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import inventory
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight import features
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight.libraries import libraries
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight.report import report

_ATTACHED = ("mode", "method", "program_id", "program_name", "owner", "dispatcher")


def preflight(pin_root: str, names: list[str] | None) -> dict[str, Any]:
    """All of it as plain data; with ``names`` (or altnames), of these interfaces, and which of them are not there.

    A kernel that is too old, or that refuses bpf(2), is an answer here, not an error.
    """
    bpffs.require_absolute(pin_root)
    can = features.kernel_features()
    release = os.uname().release
    refused = host.bpf_refusal()
    there = netlink.interfaces()
    chosen = there if names is None else [each for each in there if {each.name, *each.altnames} & {*names}]
    result: dict[str, Any] = {
        "kernel": {
            "release": release,
            "version": version(release),
            "supported": host.parse_release(release) >= host.OLDEST_KERNEL,
            "bpf": refused is None,
            "bpf_refused": None if refused is None else str(refused),
            **can._asdict(),
        },
        "bpffs": _bpffs(pin_root),
        "libraries": libraries(),
        "interfaces": _interfaces(chosen, pin_root, can.xdp_link, refused is None),
    }
    told = {name for each in result["interfaces"] for name in (each["interface"], *each["altnames"])}
    result["missing"] = [name for name in dict.fromkeys(names or ()) if name not in told]
    result["report"] = report(result)
    return result


def version(release: str) -> str:
    """The numbers that a kernel release begins with: ``6.1.0`` of ``6.1.0-13-amd64``."""
    match = re.match(r"\d+(?:\.\d+)*", release)
    return match.group() if match else ""


def _bpffs(pin_root: str) -> dict[str, Any]:
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        point = bpffs.mount_point(os.path.realpath(pin_root), lines)
    return {"path": point, "mounted": point is not None}


def _interfaces(
    chosen: list[netlink.Interface], pin_root: str, have_links: bool, have_bpf: bool
) -> list[dict[str, Any]]:
    attached = attachments.attachments(chosen, have_links and have_bpf)
    owned = inventory.owners(pin_root, attached) if attached and have_bpf else {}
    found = []
    for each in chosen:
        try:
            facts = interface(each, native.native(each), ethtool.strips_vlan_tags(each.name))
        except KernelError as error:
            if error.errno == errno.ENODEV:  # gone since
                continue
            raise
        there = [one for one in attached if one.ifindex == each.ifindex]
        facts["attached"] = [_attached(one, owned) if have_bpf else _barely(one) for one in there]
        found.append(facts)
    return found


def interface(each: netlink.Interface, known: native.Native, strips_tags: bool | None) -> dict[str, Any]:
    """What an interface can do; ``None`` where the driver's features are not known."""
    can, limit = known.features, known.limit
    return {
        "interface": each.name,
        "altnames": list(each.altnames),
        "ifindex": each.ifindex,
        "driver": known.driver,
        "mtu": each.mtu,
        "peer_mtu": known.peer_mtu,
        "mtu_limit": limit.mtu if limit else None,
        "mtu_limit_source": limit.source if limit else None,
        "native": known.supported,
        "native_obstacle": known.obstacle(frags=False),
        "frags": can.frags if can else None,
        "offload": can.offload if can else None,
        "features": can.names if can else [],
        "metadata": can.metadata if can else None,
        "rx_vlan_offload": strips_tags,
    }


def _attached(one: attachments.Attachment, owned: dict[int, str]) -> dict[str, Any]:
    told = inventory.attachment(one, owned)
    return {key: told[key] for key in _ATTACHED}


def _barely(one: attachments.Attachment) -> dict[str, Any]:
    """What netlink alone tells, to a process that bpf(2) is refused to; the rest is unknown."""
    return {**dict.fromkeys(_ATTACHED), "mode": one.mode, "program_id": one.program_id}
