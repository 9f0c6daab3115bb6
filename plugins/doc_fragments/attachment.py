# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Which program runs where.
    DOCUMENTATION = r"""
options:
  program:
    description:
      - Which function is the program.
      - Needed when there are several, except with O(ebpf.xdp.xdp_pin#module:scope=maps).
    type: str
  interfaces:
    description:
      - The interfaces that the program is attached to, exactly these.
      - The empty list means that it is attached nowhere.
      - When omitted, attachments stay where they are.
    type: list
    elements: str
  mode:
    description:
      - Where the program runs.
      - V(native) is in the driver, V(generic) in the kernel's network stack, which every interface can do, V(offload) on the
        network card itself.
      - V(auto) means native, or else generic. An interface that runs the program already is left in its mode.
      - V(offload) has not been tried on a network card that can do it.
    type: str
    choices: [auto, native, generic, offload]
    default: auto
  attach:
    description:
      - What holds the program on an interface.
      - V(link) is a C(bpf_link), which nobody else can replace and which is pinned with the set.
      - V(netlink) is the interface itself, as with C(ip link).
      - V(auto) means a link. An interface that runs the program already is left as it is, and a program that
        O(ebpf.xdp.xdp_pin#module:replace_foreign=true) replaces in the same mode is replaced over netlink, in one step.
    type: str
    choices: [auto, link, netlink]
    default: auto
"""
