# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""By which name a boot could find the network namespace of a set."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.ebpf.xdp.plugins.module_utils._network import namespace
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace


def names(which: NetworkNamespace | None) -> Collection[str | None]:
    """Its names; only ``None`` for the one that needs none."""
    if which is None or which.same(namespace.home()):
        return (None,)
    # Imported here, as the sets of most hosts are all in one namespace.
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

    return netns.names_of(which)
