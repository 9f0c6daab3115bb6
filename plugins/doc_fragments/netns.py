# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  netns:
    description:
      - The network namespace whose interfaces are meant, by its name as C(ip netns) lists it, or by an absolute path such as
        C(/proc/PID/ns/net) or C(/run/docker/netns/ID).
      - Only the network is that of the namespace. Files, and with them O(pin_root), are the host's, so that the names of pin sets
        are shared by all namespaces.
      - Without it, interfaces are those of the namespace that the module runs in.
      - To remove what a namespace has left that is gone, M(ebpf.xdp.xdp_pin) takes its name still, or none.
    type: str
"""
