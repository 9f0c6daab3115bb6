# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Changing an interface's program over netlink, wherever on the host pyroute2 is."""

from __future__ import annotations

import importlib.util
import subprocess
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import NoAnswer, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink_xdp
from ansible_collections.ebpf.xdp.plugins.module_utils._process import child

_PACKAGES = "python3-pyroute2 on Debian and Ubuntu, python3-pyroute2 on Fedora and RHEL, python-pyroute2 on Arch"

# XDP_FLAGS_REPLACE of include/uapi/linux/if_link.h: the kernel ignores EXPECTED_FD without it.
_REPLACE = 1 << 4


def require() -> None:
    """Refuse, before anything is changed, a host where no Python has pyroute2."""
    _ask({})


def set_program(ifindex: int, fd: int, mode_flag: int, expected_fd: int) -> int:
    """Put ``fd`` (-1: nothing) where exactly ``expected_fd`` (-1: nothing) is; returns 0 or an errno.

    Raises ``NoAnswer`` when none came: the caller has to ask the kernel for the
    present state.
    """
    return _ask({"ifindex": ifindex, "fd": fd, "flags": mode_flag | _REPLACE, "expected_fd": expected_fd})


def _ask(request: dict[str, int]) -> int:
    answer = {"not_usable": ""}
    if importlib.util.find_spec("pyroute2") is not None:
        answer = netlink_xdp.answer_to(request)
    if "not_usable" in answer:  # missing, or too old: another interpreter may have a newer one
        answer = _ask_child(request)
    why = answer.get("failed")
    if why is not None:
        raise NoAnswer(f"Attaching over netlink failed: {why}")
    return int(answer["errno"])


def _ask_child(request: dict[str, int]) -> dict[str, Any]:
    descriptors = [request[key] for key in ("fd", "expected_fd") if request.get(key, -1) >= 0]
    try:
        answer: dict[str, Any] = child.run(netlink_xdp.__name__, request, pass_fds=descriptors)
    except child.NotUsable as error:
        raise XdpError(
            f"Attaching over netlink needs pyroute2 0.6.5 or later, which no Python of this host has. "
            f"Install it: {_PACKAGES} ({error})"
        ) from error
    except subprocess.CalledProcessError as error:
        raise NoAnswer(f"Attaching over netlink failed: {child.last_line(error.stderr) or error}") from error
    return answer
