# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The option ``netns`` of several modules, as doc_fragments/netns.py documents it."""

from __future__ import annotations

from typing import Any

NETNS: dict[str, Any] = {"type": "str"}


def enter(options: dict[str, Any]) -> None:
    """Enter the network namespace that the task names, if it names one; before anything looks at interfaces."""
    if options["netns"] is not None:
        # Imported here, as hardly any task names one.
        from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

        netns.enter(options["netns"])


def enter_to_remove(options: dict[str, Any]) -> str | None:
    """The same for a task that takes something away; the file of the namespace where that is gone, and none is entered."""
    if options["netns"] is None:
        return None
    import os

    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

    path = netns.path_of(options["netns"])
    if os.path.lexists(path):
        netns.enter(options["netns"])
        return None
    return path


def enter_named(options: dict[str, Any]) -> None:
    """The same where only a name will do, of a namespace that need not be there."""
    name = options["netns"]
    if name is None:
        return
    import os

    from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

    if not netns.is_name(name):
        raise XdpError(
            f"netns: {name!r} is not the name of a network namespace, as ip netns lists them, and only named ones can be found "
            f"again after a boot. Give it a name with ip netns attach NAME PID"
        )
    if os.path.exists(netns.path_of(name)):
        netns.enter(name)
