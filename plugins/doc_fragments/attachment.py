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
      - The name of the program, which is that of its function.
      - Required if there are several programs, except if M(ebpf.xdp.xdp_pin) pins only maps (C(scope=maps)).
    type: str
  interfaces:
    description:
      - The interfaces that the program is attached to. It is detached from all others, so name all interfaces of a set in one task. A
        C(loop) that names one interface at a time leaves the program attached only to the last one.
      - Altnames work as well. They are resolved when the task runs. Pins, results and kept files use the primary name.
      - With an empty list, the program is attached nowhere.
      - By default, attachments stay as they are. If the set has none, the program runs nowhere, and the task warns.
        M(ebpf.xdp.xdp_boot) always warns, because no attachment survives a boot. O(mode) and O(attach) have no effect then.
    type: list
    elements: str
  mode:
    description:
      - Where the program runs.
      - V(native) runs it in the driver, V(generic) in the kernel's network stack, which works on every interface, and V(offload) on the
        network card itself.
      - V(auto) selects native mode if the driver supports it, and otherwise generic mode, with a warning and the reason in
        C(links[].why). An interface that already runs the program keeps its mode. If that is generic and native mode has become
        possible, every run warns.
      - V(native) also moves an interface from generic to native mode. The interface is without a program for a moment, because the
        kernel cannot change the mode in one step.
      - V(offload) needs exactly one interface. It has not been tested on a network card that supports it.
    type: str
    choices: [auto, native, generic, offload]
    default: auto
  attach:
    description:
      - How the program is attached to an interface.
      - V(link) uses a C(bpf_link), which nobody else can replace and which is pinned with the set.
      - V(netlink) attaches the program to the interface itself, as C(ip link) does.
      - V(auto) uses a link. An interface that already runs the program keeps its method. A foreign program that
        M(ebpf.xdp.xdp_pin) may replace (C(replace_foreign=true)) in the same mode is replaced over netlink, in one step.
    type: str
    choices: [auto, link, netlink]
    default: auto
  helpers:
    description:
      - The names of other programs in the object to pin along with the attached program. They share its maps, but are not attached.
        Instead, entries of maps lead to them, such as those of a program array that you fill.
      - Programs that are named in the initial values of program arrays, and all programs for a devmap or cpumap, are always helpers.
      - When a new version is loaded, all entries of the set's devmaps, cpumaps and program arrays that lead to a helper are switched to its
        new version in the same run.
    type: list
    elements: str
    default: []
  reuse_maps:
    description:
      - Existing maps that the program uses instead of its own. The keys are the names of the maps in the program. These maps are not
        created or pinned in this set.
      - The value V(SET/MAP) means a map of another pin set below the same O(pin_root). An absolute path means the map that is pinned there,
        whoever pinned it. The map must exist and have the type, sizes and flags that the program needs.
      - If another map is pinned in its place later, the next run reloads the program with that map.
      - While other sets use a map, the set that owns it refuses to remove or replace it, and names them. This works for sets below the same
        O(pin_root).
    type: dict
    default: {}
"""
