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
  - Use it to see what is in force on a host, which programs are foreign, and whether the next boot would bring back the same state.
  - Changes nothing. A missing directory or pin set is not an error.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
  - ebpf.xdp.attributes.info
  - ebpf.xdp.attributes.group
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
  - ebpf.xdp.boot_directory
options:
  name:
    description:
      - The pin set to look into, instead of everything below O(pin_root).
      - The result then covers only this set, and takes no longer if there are many others. RV(sets) is empty if the set is neither pinned nor
        kept for the next boot. RV(interfaces) lists the interfaces that the set was declared for, whichever program they run, and those that
        run its program.
    type: str
  path:
    description:
      - The directory to look into, including everything below it. It may be any directory in a BPF file system.
      - The default is O(pin_root). It cannot be combined with O(name).
    type: path
  scope:
    description:
      - What to list. V(maps) leaves out programs and links, V(programs) leaves out maps.
      - RV(interfaces) and RV(sets) are always returned.
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

- name: Name the pin sets that the next boot would not bring back as they are in force
  ansible.builtin.debug:
    msg: "{{ pinned.sets | rejectattr('kept', 'eq', 'same') | map(attribute='name') | join(', ') }}"

- name: Fail if an interface runs a foreign program
  ansible.builtin.assert:
    that: pinned.interfaces | rejectattr('owner') | length == 0
"""

RETURN = r"""
path:
  description: The directory whose contents are listed.
  returned: success
  type: str
  sample: /sys/fs/bpf/ansible
exists:
  description:
    - Whether the directory exists. A pin set O(name) that does not exist is not an error, so you can use this module to find out.
    - Without O(name), look for the pin sets in RV(sets) that have RV(sets[].pinned=true).
  returned: success
  type: bool
  sample: true
programs:
  description: The pinned programs. Empty with O(scope=maps).
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where the program is pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/programs/xdp_stats_pass
    id:
      description: The id of the program in the kernel.
      type: int
      sample: 42
    name:
      description: The name in the kernel, which has at most 15 characters.
      type: str
      sample: xdp_stats_pass
    type:
      description: The type of the program, as bpftool names it.
      type: str
      sample: xdp
    tag:
      description: The tag of the program, which is the kernel's digest of its instructions.
      type: str
      sample: 7524a119f44a4890
    map_ids:
      description: The ids of the maps that the program uses.
      type: list
      elements: int
      sample: [17]
    loaded_at:
      description: When the program was loaded, in seconds since the epoch.
      type: int
      sample: 1767225600
    uid:
      description: The id of the user who loaded the program.
      type: int
      sample: 0
    gpl_compatible:
      description: Whether the licence of the program lets it call the kernel's GPL-only helpers.
      type: bool
      sample: true
    xlated_size:
      description: The size of the instructions after the verifier has rewritten them, in bytes.
      type: int
      sample: 224
    jited_size:
      description: The size of the machine code in bytes; 0 if the program is interpreted.
      type: int
      sample: 137
    btf_id:
      description: The id of the program's BTF object; 0 if it has none.
      type: int
      sample: 0
    verified_instructions:
      description: How many instructions the verifier processed; 0 before Linux 5.16.
      type: int
      sample: 20
    run_count:
      description:
        - How often the program ran while C(kernel.bpf_stats_enabled) was set. That setting costs each run a few nanoseconds.
        - V(null) if no run was counted, and the setting is off now.
      type: int
      sample: 1000000
    run_time_ns:
      description: The total time of these runs, in nanoseconds. V(null) if RV(programs[].run_count) is V(null).
      type: int
      sample: 21000000
    memory_bytes:
      description: The memory of the program in bytes, as the kernel accounts for it. V(null) if the kernel does not report it.
      type: int
      sample: 4096
    offload_ifindex:
      description: The index of the interface whose network card runs the program; 0 if the host runs it.
      type: int
      sample: 0
    attached:
      description:
        - Whether this is the program that the interfaces of the set run. V(false) for helpers, which run only through entries of maps.
        - V(null) if no pin set below O(pin_root) owns the program.
      type: bool
      sample: true
    signer:
      description:
        - Who signed the object or source of the program, according to the record of its pin set. V(null) if nobody signed it, or if no pin
          set below O(pin_root) owns the program.
      type: dict
      contains:
        name:
          description: The principal of the signer, as O(ebpf.xdp.xdp_pin#module:allowed_signers) names it.
          type: str
          sample: release@example.org
        key:
          description: The fingerprint of the signer's key.
          type: str
          sample: SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k
    source_digest:
      description:
        - SHA-256 of what the program was built from. This is a C source with its headers, or an ELF object, together with constants and map
          options.
        - V(null) if no pin set below O(pin_root) owns the program.
      type: str
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    object_digest:
      description:
        - SHA-256 of the object that contains the program, as in RV(ebpf.xdp.xdp_compile#module:object_digest). V(null) if no pin set below
          O(pin_root) owns the program.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
maps:
  description: The pinned maps. Empty with O(scope=programs).
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where the map is pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/maps/xdp_counters
    id:
      description: The id of the map in the kernel.
      type: int
      sample: 17
    name:
      description: The name in the kernel, which has at most 15 characters.
      type: str
      sample: xdp_counters
    type:
      description: The type of the map, as bpftool names it.
      type: str
      sample: percpu_array
    key_size:
      description: The size of a key in bytes.
      type: int
      sample: 4
    value_size:
      description: The size of a value in bytes. For a per-CPU map, the size on one CPU.
      type: int
      sample: 16
    max_entries:
      description: The maximum number of entries.
      type: int
      sample: 5
    flags:
      description: The C(BPF_F_*) flags of the map, as a number.
      type: int
      sample: 0
    btf_id:
      description: The id of the map's BTF object; 0 if it has none.
      type: int
      sample: 16
    btf_key_type_id:
      description: The id of the key's type in the BTF object.
      type: int
      sample: 1
    btf_value_type_id:
      description: The id of the value's type in the BTF object.
      type: int
      sample: 2
    offload_ifindex:
      description: The index of the interface whose network card holds the map; 0 if the host holds it.
      type: int
      sample: 0
    map_extra:
      description: A parameter that depends on the type of the map, such as the number of hash functions of a Bloom filter.
      type: int
      sample: 0
    memory_bytes:
      description: The memory of the map in bytes, as the kernel accounts for it. V(null) if the kernel does not report it.
      type: int
      sample: 13520
    entries:
      description:
        - How many entries the map has.
        - V(null) without O(count_entries), and for types whose entries are not counted, such as arrays, whose entries always exist. Also
          V(null), with a warning, for maps that cannot be read.
      type: int
      sample: 42
    signer:
      description:
        - Who signed the object or source that declares the map, according to the record of its pin set. V(null) if nobody signed it, or if
          no pin set below O(pin_root) owns the map.
      type: dict
      contains:
        name:
          description: The principal of the signer, as O(ebpf.xdp.xdp_pin#module:allowed_signers) names it.
          type: str
          sample: release@example.org
        key:
          description: The fingerprint of the signer's key.
          type: str
          sample: SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k
    source_digest:
      description:
        - SHA-256 of what the object with the map was built from. This is a C source with its headers, or an ELF object, together with
          constants and map options.
        - V(null) if no pin set below O(pin_root) owns the map.
      type: str
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    object_digest:
      description:
        - SHA-256 of the object that declares the map, as in RV(ebpf.xdp.xdp_compile#module:object_digest). V(null) if no pin set below
          O(pin_root) owns the map.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
links:
  description: The pinned links. Empty with O(scope=maps).
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where the link is pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/links/eth0
    id:
      description: The id of the link in the kernel.
      type: int
      sample: 3
    type:
      description: The type of the link, as bpftool names it.
      type: str
      sample: xdp
    program_id:
      description: The id of the program that the link attaches.
      type: int
      sample: 42
    ifindex:
      description: The index of the interface. 0 if the interface no longer exists, and for links of types other than V(xdp).
      type: int
      sample: 2
    interface:
      description: The name of the interface; V(null) unless it is in the network namespace O(netns).
      type: str
      sample: eth0
    mode:
      description:
        - The mode in which the program runs, V(native), V(generic) or V(offload). V(null) unless the interface is in the network namespace
          O(netns).
      type: str
      sample: native
interfaces:
  description:
    - The interfaces that run an XDP program, with one entry for each mode.
    - With O(name), only the interfaces that the set was declared for, and those that run its program.
  returned: success
  type: list
  elements: dict
  contains:
    interface:
      description: The name of the interface.
      type: str
      sample: eth0
    ifindex:
      description: The index of the interface.
      type: int
      sample: 2
    mode:
      description: The mode in which the program runs, V(native), V(generic) or V(offload).
      type: str
      sample: native
    method:
      description: How the program is attached, V(link) or V(netlink).
      type: str
      sample: link
    link_id:
      description: The id of the link; V(null) if RV(interfaces[].method) is V(netlink).
      type: int
      sample: 3
    program_id:
      description: The id of the program.
      type: int
      sample: 42
    program_name:
      description: The name in the kernel, which has at most 15 characters. V(null) if the program has gone meanwhile.
      type: str
      sample: xdp_stats_pass
    program_tag:
      description: The tag of the program, which is the kernel's digest of its instructions. V(null) if the program has gone meanwhile.
      type: str
      sample: 7524a119f44a4890
    owner:
      description:
        - The pin set below O(pin_root) that owns the program. V(null) for a foreign program, even if somebody has pinned it in the
          directory of a set.
      type: str
      sample: edge
    dispatcher:
      description: Whether the program is libxdp's dispatcher, which calls other programs.
      type: bool
      sample: false
sets:
  description:
    - All pin sets below O(pin_root), and those that O(boot_directory) keeps for it, sorted by name.
    - With O(name), only this set.
    - If another user than root, or than the one who runs the module, could have made O(pin_root) or something in it, no pinned set is
      listed. Sets that are kept for the next boot are listed even then.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the pin set.
      type: str
      sample: edge
    path:
      description: The directory of the pin set.
      type: str
      sample: /sys/fs/bpf/ansible/edge
    pinned:
      description: Whether the directory exists.
      type: bool
      sample: true
    kept:
      description:
        - V(same) if the next boot brings back what is in force. Contents of maps are not compared; C(ebpf-xdp status) does that.
        - V(different) if the next boot brings back something else, or cannot bring the set back. A set that is kept but not pinned is
          V(different).
        - V(absent) if nothing is kept of this set.
      type: str
      sample: same
    netns:
      description:
        - The network namespace that the set belongs to. V(null) if the set has not attached anything yet, or is only kept.
        - Pins and RV(sets) are the same in all network namespaces. RV(interfaces), and the interface and mode of links, are those of
          O(netns).
      type: dict
      sample: {inode: 4026531840, cookie: 1, here: true, name: null}
      contains:
        inode:
          description: The inode of the namespace, as C(lsns -t net) lists it.
          type: int
          sample: 4026531840
        cookie:
          description: The cookie of the namespace, a number that is unique until the next reboot; V(null) before Linux 5.14.
          type: int
          sample: 1
        here:
          description: Whether this is the namespace O(netns) or, without this option, the one that the module runs in.
          type: bool
          sample: true
        name:
          description:
            - The value of O(ebpf.xdp.xdp_pin#module:netns) for this namespace. This is its name if C(ip netns) lists one, and otherwise a
              path.
            - V(null) if RV(sets[].netns.here) is V(true), and for a namespace that no longer exists or cannot be found.
          type: str
          sample: blue
    borrows:
      description: Maps of other sets or other tools that the set's program uses (O(ebpf.xdp.xdp_pin#module:reuse_maps)).
      type: list
      elements: dict
      sample: []
      contains:
        name:
          description: The name of the map in the program.
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
          description: The pin set below O(pin_root) that owns the map; V(null) for any other pinned map.
          type: str
          sample: filter
    trial:
      description:
        - The pending trial of a change to this set (O(ebpf.xdp.xdp_pin#module:confirm_timeout)), or the result of the last trial. V(null)
          if there was none.
        - During a trial that the kernel protects, the interfaces run programs named C(xdp_trial), and RV(interfaces[].owner) is this set.
      type: dict
      sample: null
      contains:
        state:
          description:
            - V(pending) during the trial.
            - V(ending) if the trial has ended, and what it needed is not removed yet. The next run of M(ebpf.xdp.xdp_pin) does that. The
              old program is in force again, or the new one if the trial was confirmed.
            - V(unreadable) if the trial cannot be read, such as if its record is damaged. RV(sets[].trial.why) says why.
            - V(confirmed), V(expired) or V(rolled_back) after the trial.
          type: str
          sample: pending
        object_digest:
          description: SHA-256 of the object that is or was on trial. Empty if the trial was of O(ebpf.xdp.xdp_pin#module:state=absent).
          returned: RV(sets[].trial.state) is not V(unreadable)
          type: str
          sample: 52b5ae13edd7ccaff8180d84b16571b48c6a371c7415db8d334715ac7ae21efb
        id:
          description: The id of the trial, as in RV(ebpf.xdp.xdp_pin#module:trial.id).
          returned: RV(sets[].trial.state) is not V(unreadable)
          type: str
          sample: db7a1e8d757c6eed
        timeout:
          description: How long the trial lasts at most, in seconds.
          returned: RV(sets[].trial.state) is V(pending) or V(ending)
          type: int
          sample: 30
        seconds_left:
          description: How many seconds are left until the old program takes over again.
          returned: RV(sets[].trial.state) is V(pending) or V(ending)
          type: float
          sample: 12.3
        protection:
          description:
            - What brings back the old program if the trial is not confirmed, V(kernel) or V(process), as in
              RV(ebpf.xdp.xdp_pin#module:trial.protection).
          returned: RV(sets[].trial.state) is V(pending) or V(ending)
          type: str
          sample: kernel
        why:
          description: Why a process must bring back the old program, or why the record of the trial cannot be read; V(null) otherwise.
          returned: RV(sets[].trial.state) is V(pending), V(ending) or V(unreadable)
          type: str
          sample: null
        interfaces:
          description: The names of the interfaces whose program changes, sorted.
          returned: RV(sets[].trial.state) is V(pending) or V(ending)
          type: list
          elements: str
          sample: [eth0]
    lends:
      description: Maps of the set that programs of other sets use. They cannot be removed or replaced.
      type: list
      elements: dict
      sample: []
      contains:
        name:
          description: The name of the map.
          type: str
          sample: blocked
        borrower:
          description: The pin set that uses the map.
          type: str
          sample: counter
    members:
      description: The members of a chain (O(ebpf.xdp.xdp_pin#module:chain)), in the order in which they run. Empty for any other set.
      type: list
      elements: dict
      sample: []
      contains:
        name:
          description: The name of the member.
          type: str
          sample: filter
        program:
          description: The name of the member's program in its object.
          type: str
          sample: xdp_filter
        proceed_on:
          description:
            - The verdicts after which the next member runs. They come from the task or from the object itself (C(.xdp_run_config)).
          type: list
          elements: str
          sample: [pass]
        object_digest:
          description: SHA-256 of the member's object.
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
        for warning in inventory.warnings:
            module.warn(warning)
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
