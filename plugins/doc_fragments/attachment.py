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
      - The interfaces that the program is attached to, exactly these. Give all interfaces of a set in one task. A task in a C(loop)
        that gives one interface at a time leaves the program attached to the last of them alone.
      - Altnames are interfaces, too. They are resolved when the task runs. Pins, results and kept files have the primary name.
      - The empty list means that it is attached nowhere.
      - When omitted, attachments stay where they are. A set without any is then attached nowhere, and the task warns.
        M(ebpf.xdp.xdp_boot) always warns, because after a boot there are none to stay.
    type: list
    elements: str
  mode:
    description:
      - Where the program runs.
      - V(native) is in the driver, V(generic) in the kernel's network stack, which every interface can do, V(offload) on the
        network card itself.
      - V(auto) means native, or else generic, with a warning and the reason in C(links[].why). An interface that already runs the
        program stays in its mode. While that is generic and native has become possible, every run warns.
      - V(native) moves an interface from generic mode to native mode. Packets meet no program for a moment, because the kernel
        cannot change the mode in one step.
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
  helpers:
    description:
      - Programs of the object, by name, that are to be pinned beside the one that is attached. They use the same maps, and
        nothing attaches them, so that entries of maps can lead to them, for example those of a program array that you fill.
      - Programs that the initial values of program arrays name, and all programs for a devmap or cpumap, are helpers in any case.
      - When a new version is loaded, entries of the set's devmaps, cpumaps and program arrays that lead to a helper are set to
        its new version in the same run.
    type: list
    elements: str
    default: []
  reuse_maps:
    description:
      - Maps that the program shares with others, by its own names for them. Such a map is neither made nor pinned in this set.
      - A value V(SET/MAP) is a map of another pin set below the same O(pin_root). An absolute path is that of any pinned map.
        The map has to be there and to have the type, sizes and flags that the program needs.
      - When another map is pinned there later, the next run loads the program anew, with that one.
      - While a map is lent, its set refuses to remove or replace it, and names the sets that use it. This works for sets below the same
        O(pin_root), which all of them have to be given.
    type: dict
    default: {}
"""
