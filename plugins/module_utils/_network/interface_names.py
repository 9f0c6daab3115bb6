# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Names that no interface has: the usual mistakes, and what to write instead.

Import it only when there is such a name, because every import costs start-up time.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


def doubt(name: str) -> str:
    """Why this is hardly the name of an interface, and what to write instead; empty where it may be one."""
    if not name:
        return (
            "An empty text is not a list. Write interfaces: [eth0, eth1], or interfaces: [] for none; "
            "without interfaces, attachments stay as they are"
        )
    if any(each in name for each in "[]\"'"):
        return (
            "It is a piece of a list that was given as text. On the command line, write interfaces=eth0,eth1, "
            'or all arguments as JSON: -a \'{"interfaces": ["eth0", "eth1"]}\''
        )
    if "@" in name:
        return f"ip prints @ and a lower interface or peer after a name. The name itself is {name.partition('@')[0]}"
    if any(each.isspace() for each in name):
        return "No interface has a blank in its name. Separate names by commas alone, or write a list"
    return ""


def unknown(name: str, known: Sequence[str]) -> XdpError:
    """The error for a name that none of the host's interfaces has."""
    why = doubt(name)
    return XdpError(
        f"There is no interface {name!r} on this host. {why}. There are: {listed(known)}"
        if why
        else f"There is no interface {name} on this host. {unknown_name(name, known, 'There are')}"
    )


def unusable(name: str) -> XdpError:
    """The error for a name that no interface can have later either: only a primary name can be waited for."""
    why = doubt(name) or (
        "It has more than 15 bytes, or characters that no name can have. If it is an altname, no interface has it now, "
        "and only a primary name can be waited for. Give the primary name"
    )
    return XdpError(f"interfaces: {name!r} cannot be the name of an interface. {why}")
