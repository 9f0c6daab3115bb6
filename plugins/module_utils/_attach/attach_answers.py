# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What drivers and the kernel mean by an errno when a program is attached, switched or detached, and what to do.

bpf(2) passes no words on, and drivers answer as they please: so the meanings
are what is most likely. veth's ERANGE and ENOSPC are tested, on Linux 6.18.
"""

from __future__ import annotations

import errno
import socket

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError

_ENOTSUPP = 524  # include/linux/errno.h

#: Answers that mean "not in this mode", after which ``auto`` goes on to the next one. ENOMEM is one of them:
#: ixgbe (ixgbe_xdp_setup) and older versions of virtio_net say so of queues, and generic mode needs no memory of the driver's.
#: What this process or host has run out of (EMFILE, ENFILE) is not: it says nothing about the driver.
MODE_REFUSED = (
    errno.EOPNOTSUPP,
    errno.ERANGE,
    errno.EINVAL,
    errno.ENOSPC,
    errno.ENOMEM,
    errno.ENOTCONN,
    _ENOTSUPP,
)

_MTU = "the MTU (of its peer, for veth) is too large for a program without frags"
_QUEUES = "there are too few queues (ethtool -l)"

_NATIVE = {
    **dict.fromkeys(
        (errno.EOPNOTSUPP, _ENOTSUPP),
        "the driver does not run XDP programs, or not while an offload such as LRO or GRO_HW is on (ethtool -k)",
    ),
    errno.ERANGE: _MTU,
    errno.EINVAL: f"{_MTU}, or a setting of the interface is in the way (ethtool -k, ethtool -l)",
    errno.ENOSPC: _QUEUES,
    errno.ENOMEM: f"{_QUEUES}, as some drivers say it, or the host is short of memory",
    errno.ENOTCONN: "its peer is gone",
}

_OFFLOAD = "The network card does not run programs itself. Try mode: native or mode: generic"
_TAKEN = (
    "Another program was attached meanwhile, or an interface on top of this one (a bridge, bond or VLAN) "
    "runs one. Run the task again to see"
)
_GONE = "The interface went away meanwhile. Run the task again"
_MOVED_ON = "Another program was put there meanwhile, or it was detached. Run the task again to see"


def name(code: int) -> str:
    """``Numerical result out of range (ERANGE)``."""
    return str(KernelError("", code)).partition(": ")[2].partition(". ")[0]


def meaning(code: int) -> str:
    """What a driver means that refuses native mode with this; for ``why`` of a fallback."""
    meant = _NATIVE.get(code)
    return f"the driver refused native mode with {name(code)}" + (f": {meant}" if meant else "")


def advice_on_attaching(interface: str, mode: str, code: int) -> str:
    """What to do when ``code`` answered the attempt to attach in this mode."""
    if code in (errno.EBUSY, errno.EEXIST):
        return _TAKEN
    # BPF_LINK_CREATE answers EINVAL for an index without an interface (bpf_xdp_link_attach in net/core/dev.c).
    if code == errno.ENODEV or (code == errno.EINVAL and _is_gone(interface)):
        return _GONE
    if code not in MODE_REFUSED or mode == "generic":
        return ""
    if mode == "offload":
        return _OFFLOAD
    return (
        f'Most likely {_NATIVE[code]}. Correct that, build the program for frags (SEC("xdp.frags")) if it is the MTU, or '
        f"set mode: generic, which works on every interface. The kernel's log (dmesg) often says more"
    )


def advice_on_switching(code: int) -> str:
    """What to do when an attached program cannot be replaced by another one, or taken away."""
    if code in (errno.EPERM, errno.EEXIST, errno.EBUSY):
        return _MOVED_ON
    if code in (errno.ENODEV, errno.ENOLINK):
        return _GONE
    if code in (errno.ERANGE, errno.EINVAL, errno.EOPNOTSUPP):
        return (
            f"Most likely {_MTU}, which the program before had. Lower the MTU, build the new program for frags "
            f'(SEC("xdp.frags")), or set mode: generic, which switches over with a moment without a program'
        )
    return ""


def _is_gone(interface: str) -> bool:
    try:
        socket.if_nametoindex(interface)
    except OSError:
        return True
    return False
