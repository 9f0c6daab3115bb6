# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Attaching and detaching XDP programs over netlink, through pyroute2.

Runs in the module's own process where that has pyroute2, else as a program
(``python -m``) under an interpreter of the host that has it; see
``_network.netlink_attach``, which decides.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import _startup  # noqa: F401  # pylint: disable=unused-import


class NotUsable(Exception):
    """This interpreter has no pyroute2, or one that cannot do XDP."""


def load() -> tuple[Any, Any]:
    """pyroute2's ``IPRoute`` and ``NetlinkError``, made fit for XDP."""
    try:
        from pyroute2 import IPRoute
        from pyroute2.netlink.exceptions import NetlinkError
        from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    except Exception as error:  # a library that is installed may still fail to load
        raise NotUsable(f"{type(error).__name__}: {error}") from error
    xdp: Any = getattr(ifinfmsg, "xdp", None)
    if not hasattr(xdp, "xdp_flags"):
        raise NotUsable("pyroute2 before 0.6.5 cannot set XDP flags")
    # From 0.6.5 to 0.8.1 the flags are encoded in 16 bits, big-endian; the
    # kernel wants 32 bits in its own order and answers ERANGE.
    xdp.xdp_flags.fields = [("value", "I")]
    return IPRoute, NetlinkError


def set_program(ifindex: int, fd: int, flags: int, expected_fd: int) -> int:
    """Make ``fd`` (-1: nothing) the interface's program; returns 0 or the kernel's errno.

    ``flags`` are XDP_FLAGS_* of include/uapi/linux/if_link.h; ``expected_fd``
    is the program that must be there now (-1: none).
    """
    IPRoute, NetlinkError = load()
    attrs = [("IFLA_XDP_FD", fd), ("IFLA_XDP_FLAGS", flags), ("IFLA_XDP_EXPECTED_FD", expected_fd)]
    with IPRoute() as route:
        try:
            route.link("set", index=ifindex, xdp={"attrs": attrs})
        except NetlinkError as error:
            return int(error.code)
    return 0


def answer_to(request: dict[str, int]) -> dict[str, Any]:
    """The arguments of ``set_program``, or nothing to see only whether it would work.

    ``failed`` says why no answer of the kernel came; it may have acted all the same.
    """
    try:
        if request:
            return {"errno": set_program(**request)}
        load()
        return {"errno": 0}
    except NotUsable as unusable:
        return {"not_usable": str(unusable)}
    except Exception as error:  # an answer that was lost, say: pyroute2 has many exceptions for it
        return {"failed": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import serve

    serve(answer_to)
