# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing an interface's program over netlink, wherever on the host pyroute2 is."""

from __future__ import annotations

import importlib.util
import subprocess

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import child, netlink_xdp

_PACKAGES = "python3-pyroute2 on Debian and Ubuntu, python3-pyroute2 on Fedora and RHEL, python-pyroute2 on Arch"

# XDP_FLAGS_REPLACE of include/uapi/linux/if_link.h: the kernel ignores EXPECTED_FD without it.
_REPLACE = 1 << 4


def require() -> None:
    """Refuse, before anything is changed, a host where no Python has pyroute2."""
    if _in_process():
        try:
            netlink_xdp.load()
            return
        except netlink_xdp.NotUsable:
            pass
    _ask_child({})


def set_program(ifindex: int, fd: int, mode_flag: int, expected_fd: int) -> int:
    """Put ``fd`` (-1: nothing) where exactly ``expected_fd`` (-1: nothing) is; returns 0 or an errno."""
    request = {"ifindex": ifindex, "fd": fd, "flags": mode_flag | _REPLACE, "expected_fd": expected_fd}
    if _in_process():
        try:
            return netlink_xdp.set_program(**request)
        except netlink_xdp.NotUsable:
            pass  # too old: another interpreter may have a newer one
    return _ask_child(request)


def _in_process() -> bool:
    return importlib.util.find_spec("pyroute2") is not None


def _ask_child(request: dict[str, int]) -> int:
    descriptors = [request[key] for key in ("fd", "expected_fd") if request.get(key, -1) >= 0]
    try:
        answer = child.run(netlink_xdp.__name__, request, pass_fds=descriptors)
    except child.NotUsable as error:
        raise XdpError(
            f"Attaching over netlink needs pyroute2 0.6.5 or later, which no Python of this host has. "
            f"Install it: {_PACKAGES} ({error})"
        ) from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise XdpError(f"Attaching over netlink failed: {lines[-1] if lines else error}") from None
    return int(answer["errno"])
