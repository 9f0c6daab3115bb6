# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  netns:
    description:
      - The network namespace of the interfaces, as a name that C(ip netns) lists, or as an absolute path such as
        C(/proc/PID/ns/net) or C(/run/docker/netns/ID).
      - The files, including O(pin_root), are still those of the host, so all namespaces share the names of pin sets.
      - By default, the interfaces are those of the namespace that the module runs in.
      - To remove what is left of a pin set whose namespace no longer exists, run M(ebpf.xdp.xdp_pin) with C(state=absent), with the name of
        that namespace or without O(netns).
    type: str
"""
