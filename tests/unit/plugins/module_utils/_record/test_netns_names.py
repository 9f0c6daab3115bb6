# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._network import namespace
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._record import netns_names


def test_the_namespace_of_this_process_needs_no_name() -> None:
    assert netns_names.names(None) == (None,)
    assert netns_names.names(namespace.current()) == (None,)


def test_one_that_is_gone_has_none() -> None:
    assert netns_names.names(NetworkNamespace((1 << 64) - 2, 0, 0)) == []
