#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_pinned_info
short_description: List pinned programs, maps and links, and the interfaces that run XDP programs
version_added: 0.1.0
description:
  - Lists everything that is pinned below a directory, whoever pinned it, and every interface that runs an XDP program.
  - Use it to see what is in force on a host, which programs are foreign, and whether the next boot would bring back the same.
  - Changes nothing. Nothing that is missing is an error.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.info
  - ebpf.xdp.attributes.group
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
  - ebpf.xdp.boot_directory
options:
  name:
    description:
      - The pin set to look into, instead of everything below O(pin_root).
      - The result is then about this set alone, and takes no longer if there are many others. RV(sets) is empty if there is no
        such set. RV(interfaces) has those that the set was declared for or that run its program, whoever owns what they run.
    type: str
  path:
    description:
      - The directory to look into, including everything below it. It may be any directory in a BPF file system.
      - The default is O(pin_root).
    type: path
  scope:
    description:
      - What to list. V(maps) leaves out programs and links, V(programs) leaves out maps.
      - RV(interfaces) and RV(sets) are returned in any case.
    type: str
    choices: [all, maps, programs]
    default: all
  count_entries:
    description:
      - Whether to count the entries of maps that can be full. This reads every entry.
    type: bool
    default: false
seealso:
  - module: ebpf.xdp.xdp_boot
  - module: ebpf.xdp.xdp_pin
  - module: ebpf.xdp.xdp_stats
"""

EXAMPLES = r"""
- name: List everything below pin_root
  ebpf.xdp.xdp_pinned_info:
  register: pinned

- name: Look into one pin set
  ebpf.xdp.xdp_pinned_info:
    name: edge

- name: See how full its maps are
  ebpf.xdp.xdp_pinned_info:
    name: edge
    scope: maps
    count_entries: true

- name: List everything that any tool has pinned on the host
  ebpf.xdp.xdp_pinned_info:
    path: /sys/fs/bpf

- name: Fail if the next boot would bring back something other than what is in force
  ansible.builtin.assert:
    that: pinned.sets | selectattr('kept', 'eq', 'different') | length == 0

- name: Fail if an interface runs a foreign program
  ansible.builtin.assert:
    that: pinned.interfaces | rejectattr('owner') | length == 0
"""

RETURN = r"""
path:
  description: The directory that was looked into.
  returned: success
  type: str
  sample: /sys/fs/bpf/ansible
exists:
  description:
    - Whether the directory is there. A O(name) that no pin set has is not an error, because this module is also a way to find out.
      Without O(name), RV(sets) lists those that exist.
  returned: success
  type: bool
  sample: true
programs:
  description: The pinned programs.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where it is pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/programs/xdp_stats_pass
    id:
      description: The kernel's id.
      type: int
      sample: 42
    name:
      description: The name that the kernel keeps, of at most 15 characters.
      type: str
      sample: xdp_stats_pass
    type:
      description: The type, by bpftool's name.
      type: str
      sample: xdp
    tag:
      description: The kernel's digest of the instructions.
      type: str
      sample: 7524a119f44a4890
    map_ids:
      description: Ids of the maps that it uses.
      type: list
      elements: int
      sample: [17]
    loaded_at:
      description: When it was loaded, in seconds since the epoch.
      type: int
      sample: 1767225600
    uid:
      description: User id of who loaded it.
      type: int
      sample: 0
    gpl_compatible:
      description: Whether its licence allows the kernel's GPL-only helpers.
      type: bool
      sample: true
    xlated_size:
      description: Bytes of instructions after the verifier.
      type: int
      sample: 224
    jited_size:
      description: Bytes of machine code; 0 when it is interpreted.
      type: int
      sample: 137
    btf_id:
      description: Id of its BTF object; 0 without one.
      type: int
      sample: 0
    verified_instructions:
      description: How many instructions the verifier looked at; 0 before Linux 5.16.
      type: int
      sample: 20
    run_count:
      description:
        - How often it ran while C(kernel.bpf_stats_enabled) was set, which costs each run some nanoseconds. V(null) where that is not set, and never
          was since the program was loaded.
      type: int
      sample: 1000000
    run_time_ns:
      description: For how long that was altogether, in nanoseconds; V(null) as before.
      type: int
      sample: 21000000
    memory:
      description: Bytes of kernel memory, as the kernel reckons it.
      type: int
      sample: 4096
    offload_ifindex:
      description: Index of the network card that runs it itself; 0 for the host.
      type: int
      sample: 0
    attached:
      description:
        - Whether it is the program of the set that interfaces run; V(false) for its helpers, to which only entries of maps lead.
        - V(null) for what is not of a pin set below O(pin_root).
      type: bool
      sample: true
    signer:
      description:
        - Who signed it, by the set's record. V(null) for what nobody signed, and for what is not of a pin set below O(pin_root).
      type: dict
      contains:
        name:
          description: The principal, as the allowed signers of the task name it.
          type: str
          sample: release@example.org
        key:
          description: The fingerprint of the key.
          type: str
          sample: SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k
    source_digest:
      description:
        - SHA-256 of what it was made from, of a C source with its headers, or of an ELF object, and with constants and options of its maps.
        - V(null) for what is not of a pin set below O(pin_root).
      type: str
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    object_digest:
      description: SHA-256 of the object, as RV(ebpf.xdp.xdp_compile#module:object_digest); V(null) as before.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
maps:
  description: The pinned maps.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where it is pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/maps/xdp_counters
    id:
      description: The kernel's id.
      type: int
      sample: 17
    name:
      description: The name that the kernel keeps, of at most 15 characters.
      type: str
      sample: xdp_counters
    type:
      description: The type, by bpftool's name.
      type: str
      sample: percpu_array
    key_size:
      description: Size of a key in bytes.
      type: int
      sample: 4
    value_size:
      description: Size of a value in bytes; of a per-CPU map, on one CPU.
      type: int
      sample: 16
    max_entries:
      description: How many entries there can be.
      type: int
      sample: 5
    flags:
      description: The kernel's C(BPF_F_*) flags.
      type: int
      sample: 0
    btf_id:
      description: Id of its BTF object; 0 without one.
      type: int
      sample: 16
    btf_key_type_id:
      description: Type of the key in the BTF object.
      type: int
      sample: 1
    btf_value_type_id:
      description: Type of the value in the BTF object.
      type: int
      sample: 2
    offload_ifindex:
      description: Index of the network card that holds it itself; 0 for the host.
      type: int
      sample: 0
    map_extra:
      description: What a type has of its own, such as a Bloom filter's number of hash functions.
      type: int
      sample: 0
    memory:
      description: Bytes of kernel memory, as the kernel reckons it.
      type: int
      sample: 13520
    entries:
      description:
        - How many entries it has.
        - V(null) without O(count_entries), and for maps whose entries are all there from the start, such as arrays.
      type: int
      sample: 42
    signer:
      description:
        - Who signed it, by the set's record. V(null) for what nobody signed, and for what is not of a pin set below O(pin_root).
      type: dict
      contains:
        name:
          description: The principal, as the allowed signers of the task name it.
          type: str
          sample: release@example.org
        key:
          description: The fingerprint of the key.
          type: str
          sample: SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k
    source_digest:
      description:
        - SHA-256 of what it was made from, of a C source with its headers, or of an ELF object, and with constants and options of its maps.
        - V(null) for what is not of a pin set below O(pin_root).
      type: str
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    object_digest:
      description: SHA-256 of the object, as RV(ebpf.xdp.xdp_compile#module:object_digest); V(null) as before.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
links:
  description: The pinned links.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where it is pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/links/eth0
    id:
      description: The kernel's id.
      type: int
      sample: 3
    type:
      description: The type, by bpftool's name.
      type: str
      sample: xdp
    program_id:
      description: Id of the program behind the link.
      type: int
      sample: 42
    ifindex:
      description: Index of the interface; 0 when that is gone, or for links of other types.
      type: int
      sample: 2
    interface:
      description: The interface, when it is in this network namespace.
      type: str
      sample: eth0
    mode:
      description: V(native), V(generic) or V(offload), when the interface is in this network namespace.
      type: str
      sample: native
interfaces:
  description:
    - The interfaces that run an XDP program, with one entry for each mode; with O(name), those of them that the set was declared for,
      or that run its program.
  returned: success
  type: list
  elements: dict
  contains:
    interface:
      description: The interface.
      type: str
      sample: eth0
    ifindex:
      description: Its index.
      type: int
      sample: 2
    mode:
      description: V(native), V(generic) or V(offload).
      type: str
      sample: native
    method:
      description: V(link) or V(netlink).
      type: str
      sample: link
    link_id:
      description: Id of the link; V(null) for netlink.
      type: int
      sample: 3
    program_id:
      description: Id of the program.
      type: int
      sample: 42
    program_name:
      description: The name that the kernel keeps, of at most 15 characters.
      type: str
      sample: xdp_stats_pass
    program_tag:
      description: The kernel's digest of its instructions.
      type: str
      sample: 7524a119f44a4890
    owner:
      description:
        - The pin set below O(pin_root) that has the program; V(null) for a foreign one, even if somebody has pinned that into
          a set's directory.
      type: str
      sample: edge
    dispatcher:
      description: Whether the program is libxdp's dispatcher, behind which others run.
      type: bool
      sample: false
sets:
  description:
    - All pin sets below O(pin_root), and those that are kept in O(boot_directory) to be pinned there, sorted by name; with O(name),
      this one alone.
    - Directories below O(pin_root) do not count where somebody other than root could have made them.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the pin set.
      type: str
      sample: edge
    path:
      description: Its directory.
      type: str
      sample: /sys/fs/bpf/ansible/edge
    pinned:
      description: Whether the directory is there.
      type: bool
      sample: true
    kept:
      description:
        - V(same) when a boot brings back what is in force, V(different) when it brings back something else or fails to, and
          V(absent) when nothing is kept of this set.
        - A set that is kept and not pinned is V(different).
      type: str
      sample: same
    netns:
      description:
        - The network namespace that the set belongs to; V(null) for one that has attached nothing yet, or is only kept.
        - O(path), RV(sets) and everything that is pinned are the same in each network namespace. RV(interfaces), and the interface and mode
          of links, are those of O(netns).
      type: dict
      sample: {inode: 4026531840, cookie: 1, here: true, name: null}
      contains:
        inode:
          description: Its inode, as C(lsns -t net) lists it.
          type: int
          sample: 4026531840
        cookie:
          description: A number that no other namespace gets before a reboot; V(null) before Linux 5.14.
          type: int
          sample: 1
        here:
          description: Whether it is the one that was looked at.
          type: bool
          sample: true
        name:
          description:
            - What O(ebpf.xdp.xdp_pin#module:netns) takes for it, as far as that can be seen from the host. It is a name where
              C(ip netns) has one, and otherwise a path.
            - V(null) for the one that was looked at, and for one that is gone or cannot be found.
          type: str
          sample: blue
    borrows:
      description: Maps of others that the set's program uses, by O(ebpf.xdp.xdp_pin#module:reuse_maps).
      type: list
      elements: dict
      sample: []
      contains:
        name:
          description: The program's name for the map.
          type: str
          sample: blocked
        path:
          description: Where the map is pinned.
          type: str
          sample: /sys/fs/bpf/ansible/filter/maps/blocked
        id:
          description: The kernel's id of the map that the program uses.
          type: int
          sample: 17
        lender:
          description: The pin set below O(pin_root) whose map it is; V(null) for any other pinned map.
          type: str
          sample: filter
    trial:
      description:
        - The change of this set that is on trial (O(ebpf.xdp.xdp_pin#module:confirm_timeout)), or what became of the last one;
          V(null) without any.
        - The programs that interfaces run meanwhile are the trial's own, named C(xdp_trial), with this set as their RV(interfaces[].owner).
      type: dict
      sample: null
      contains:
        state:
          description:
            - V(pending) for one that is under way, and V(ending) for one whose time is up, whose old program is in force again, and
              which the next run of M(ebpf.xdp.xdp_pin) puts away.
            - V(unreadable) for one whose record is damaged; C(why) beside it says how.
            - V(confirmed), V(expired) or V(rolled_back) for the last one.
          type: str
          sample: pending
        object_digest:
          description: Digest of the object that is or was on trial; empty where the set was to be absent.
          type: str
          sample: 52b5ae13edd7ccaff8180d84b16571b48c6a371c7415db8d334715ac7ae21efb
        left:
          description: Seconds until the old program decides again.
          returned: RV(sets[].trial.state) is V(pending)
          type: float
          sample: 12.3
        protection:
          description: V(kernel) or V(process), as M(ebpf.xdp.xdp_pin) returns it.
          returned: RV(sets[].trial.state) is V(pending)
          type: str
          sample: kernel
        interfaces:
          description: Those whose program changes.
          returned: RV(sets[].trial.state) is V(pending)
          type: list
          elements: str
          sample: [eth0]
    lends:
      description: Maps of the set that programs of other sets use. They can neither be removed nor replaced.
      type: list
      elements: dict
      sample: []
      contains:
        name:
          description: The map's name.
          type: str
          sample: blocked
        borrower:
          description: The pin set that uses it.
          type: str
          sample: counter
    members:
      description: The members of a chain (O(ebpf.xdp.xdp_pin#module:chain)), in their order; none for any other set.
      type: list
      elements: dict
      sample: []
      contains:
        name:
          description: Its name in the chain.
          type: str
          sample: filter
        program:
          description: The name of its program in its object.
          type: str
          sample: xdp_filter
        proceed_on:
          description:
            - The verdicts after which the next member runs, declared or as the object says by itself (C(.xdp_run_config)).
          type: list
          elements: str
          sample: [pass]
        object_digest:
          description: SHA-256 of its object.
          type: str
          sample: 52b5ae13edd7ccaff8180d84b16571b48c6a371c7415db8d334715ac7ae21efb
"""

import os
from typing import Any, Optional

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs, host
from ansible_collections.ebpf.xdp.plugins.module_utils._module import BOOT_DIRECTORY, PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.inventory import Inventory, exists, sets
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.one_set import OneSet, one_set
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import TRIAL, Layout


def _work(module: XdpModule) -> "dict[str, Any]":
    host.require()
    enter(module.params)
    options = module.params
    pin_root = options["pin_root"]
    path = pin_root if options["path"] is None else options["path"]
    if options["name"] is not None:
        path = Layout(pin_root, options["name"]).path
    for each in (pin_root, path):
        bpffs.require_absolute(each)
    inventory = Inventory(pin_root, _only(options))
    result: dict[str, Any] = {"path": path, "exists": exists(path), "programs": [], "maps": [], "links": []}
    if result["exists"]:
        bpffs.require(path)
        found = inventory.pins(path, options["count_entries"])
        parts = {"all": ("programs", "maps", "links"), "maps": ("maps",), "programs": ("programs", "links")}
        result.update({part: found[part] for part in parts[options["scope"]]})
    result["interfaces"] = inventory.interfaces()
    result["sets"] = inventory.sets(options["boot_directory"])
    on_trial = [each for each in result["sets"] if _is_on_trial(pin_root, each["name"])]
    if options["name"] is not None and not all(each["owner"] for each in result["interfaces"]):
        # It may be on trial for another set.
        others = [each for each in sets(pin_root) if each != options["name"] and _is_on_trial(pin_root, each)]
        on_trial += [{"name": each} for each in others]
    if on_trial:
        from ansible_collections.ebpf.xdp.plugins.module_utils._trial import show

        show.amend(pin_root, on_trial, result["interfaces"])
    return result


def _only(options: "dict[str, Any]") -> Optional[OneSet]:
    """The set that all is about."""
    pin_root, name = options["pin_root"], options["name"]
    if name is None:
        return None
    on_trial: set[str] = set()
    if _is_on_trial(pin_root, name):
        from ansible_collections.ebpf.xdp.plugins.module_utils._trial import show

        on_trial = show.interfaces(pin_root, name)
    return one_set(pin_root, name, options["boot_directory"], on_trial)


def _is_on_trial(pin_root: str, name: str) -> bool:
    return os.path.lexists(os.path.join(Layout(pin_root, name).path, TRIAL))


def main() -> None:
    module = XdpModule(
        argument_spec={
            "name": {"type": "str"},
            "path": {"type": "path"},
            "scope": {"type": "str", "choices": ["all", "maps", "programs"], "default": "all"},
            "count_entries": {"type": "bool", "default": False},
            "pin_root": PIN_ROOT,
            "netns": NETNS,
            "boot_directory": BOOT_DIRECTORY,
        },
        mutually_exclusive=[("name", "path")],
        supports_check_mode=True,
    )
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
