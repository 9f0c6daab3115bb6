# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host, and each of its interfaces, can do for XDP before anything is attached."""

from __future__ import annotations

import errno
import os
import re
import resource
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import (
    attachments,
    bpffs,
    drivers,
    ethtool,
    features,
    host,
    netlink,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import inventory
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight.libraries import libraries
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight.limits import mtu_limit
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight.report import report


def preflight(pin_root: str, names: list[str] | None) -> dict[str, Any]:
    """All of it as plain data; with ``names``, of these interfaces, and which of them are not there.

    A kernel that is too old is an answer here, not an error.
    """
    can = features.kernel_features()
    release = os.uname().release
    there = netlink.interfaces()
    chosen = there if names is None else [each for each in there if each.name in names]
    result: dict[str, Any] = {
        "kernel": {
            "release": release,
            "version": version(release),
            "supported": host.parse_release(release) >= host.OLDEST_KERNEL,
            **can._asdict(),
        },
        "bpffs": _bpffs(pin_root),
        "libraries": libraries(),
        "interfaces": _interfaces(chosen, pin_root, can.xdp_link),
    }
    told = {each["interface"] for each in result["interfaces"]}
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


def _interfaces(chosen: list[netlink.Interface], pin_root: str, have_links: bool) -> list[dict[str, Any]]:
    attached = attachments.attachments(chosen, have_links)
    owned = inventory.owners(pin_root, attached) if attached else {}
    found = []
    for each in chosen:
        try:
            can = drivers.driver_features(each.ifindex)
        except OSError as error:
            if error.errno == errno.ENODEV:  # gone since
                continue
            raise
        facts = interface(each, can, ethtool.driver(each.name), resource.getpagesize())
        facts["attached"] = [_attached(one, owned) for one in attached if one.ifindex == each.ifindex]
        found.append(facts)
    return found


def interface(
    each: netlink.Interface, can: drivers.DriverFeatures | None, driver: str | None, page_size: int
) -> dict[str, Any]:
    """What an interface can do; ``None`` where the driver's features are not known."""
    native = can.native if can else None
    limit = mtu_limit(native, driver, page_size)
    return {
        "interface": each.name,
        "ifindex": each.ifindex,
        "driver": driver,
        "mtu": each.mtu,
        "mtu_limit": limit.mtu if limit else None,
        "mtu_limit_source": limit.source if limit else None,
        "native": native,
        "frags": can.frags if can else None,
        "offload": can.offload if can else None,
        "features": can.names if can else [],
    }


def _attached(one: attachments.Attachment, owned: dict[int, str]) -> dict[str, Any]:
    told = inventory.attachment(one, owned)
    wanted = ("mode", "method", "program_id", "program_name", "owner", "dispatcher")
    return {key: told[key] for key in wanted}
