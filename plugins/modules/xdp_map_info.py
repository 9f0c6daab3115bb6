#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_map_info
short_description: Read the entries of a pinned map
version_added: 0.1.0
description:
  - Reads the entries of one pinned map, or looks up single keys. It returns keys and values according to the program's types (BTF), in the
    form that M(ebpf.xdp.xdp_map) takes.
  - A structure is a dictionary of its fields, a key of an LPM trie is a prefix, and an enumerator is its name. Bytes of unknown
    type are hexadecimal digits (V(0x0a000001)).
  - A program or map that an entry refers to is shown by its name in the pin set. With O(path), it is shown by the path of its pin, if this
    is in the same directory as the map or, for a program, in C(../programs/). An interface is shown by its name. What has no such name is
    shown by its number.
  - During a trial (O(ebpf.xdp.xdp_pin#module:confirm_timeout)), the map of the old program is read.
  - The module changes nothing.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
  - ebpf.xdp.attributes.info
  - ebpf.xdp.attributes.group
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
  - ebpf.xdp.pinned_map
options:
  limit:
    description:
      - The maximum number of entries to return, in the order in which the kernel reads them. If the map has more, a warning says so.
      - With V(0), the entries are only counted, and there is no warning.
      - The memory that the host needs depends on this number, and not on the size of the map. Ansible itself takes seconds to process
        results with many thousands of entries.
    type: int
    default: 1000
  lookup:
    description:
      - Keys to look up. Only these are returned, and O(limit) does not apply.
      - In an LPM trie, a key finds the entry with the longest prefix that contains the key, as it does for a program. An address without
        a length stands for the prefix that contains only this address.
      - If a key does not fit the map's key type, the task fails.
    type: list
    elements: raw
  sum_cpus:
    description:
      - Whether the integers in a per-CPU map are summed over all CPUs, including those within structures and arrays. Otherwise, each
        value is a list with one element for each possible CPU.
      - Whatever is not an integer, such as enumerators, booleans and text, remains a list. If nothing in the values is known to be an
        integer, the task fails.
      - This has no effect on maps of other types.
    type: bool
    default: false
  key_type:
    description:
      - What the bytes of a key mean, if the program's types (BTF) do not describe them, or do not describe them well enough.
      - "V(ipv4), V(ipv6), V(mac), V(be16), V(be32), V(be64), V(u8) to V(u64), V(i8) to V(i64), V(bool), V(text), V(hex), or a list of
        fields, such as V([{name: address, type: ipv4}, {name: port, type: be16}]). In a list, V(text) and V(hex) need their C(size) in
        bytes."
    type: raw
  value_type:
    description:
      - What the bytes of a value mean, in the same form as O(key_type).
    type: raw
seealso:
  - module: ebpf.xdp.xdp_map
  - module: ebpf.xdp.xdp_stats
  - module: ebpf.xdp.xdp_pinned_info
"""

EXAMPLES = r"""
- name: Pin a program that has a map
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]

- name: Read the map
  ebpf.xdp.xdp_map_info:
    name: edge
    map: xdp_counters
    sum_cpus: true
  register: read

- name: Show how many packets were dropped (XDP_DROP is 1)
  ansible.builtin.debug:
    msg: "{{ read.entries | map(attribute='value.verdicts.1.packets') | sum }}"

- name: Read one key
  ebpf.xdp.xdp_map_info:
    name: edge
    map: xdp_counters
    lookup: [2]
    sum_cpus: true

- name: Count the entries of any map
  ebpf.xdp.xdp_map_info:
    path: /sys/fs/bpf/ansible/edge/maps/xdp_counters
    limit: 0
"""

RETURN = r"""
entries:
  description:
    - The entries, at most O(limit). O(ebpf.xdp.xdp_map#module:entries) takes this list, except with O(sum_cpus=true) or O(lookup),
      and except values in which a program or map is shown by its number.
    - With O(lookup), the list has one element for each key, in the same order.
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description: The key. With O(lookup) in an LPM trie, the prefix that was found. V(null) if the look-up found nothing.
      type: raw
      sample: 192.0.2.0/24
    value:
      description:
        - The value; V(null) if the look-up found nothing.
        - For a per-CPU map, a list with one element for each possible CPU, unless O(sum_cpus=true).
      type: raw
      sample: {list: 2}
    lookup:
      description: The key as O(lookup) gives it.
      returned: with O(lookup)
      type: raw
      sample: 192.0.2.77
    found:
      description: Whether the look-up found an entry.
      returned: with O(lookup)
      type: bool
      sample: true
  sample: [{key: 192.0.2.0/24, value: {list: 2}}]
total:
  description:
    - The number of entries in the map. For an array, this is RV(max_entries).
    - The number may be inexact if entries are added or removed while the map is read.
  returned: without O(lookup)
  type: int
  sample: 100000
truncated:
  description: Whether the map has more entries than are returned.
  returned: without O(lookup)
  type: bool
  sample: true
path:
  description: Where the map is pinned.
  returned: success
  type: str
  sample: /sys/fs/bpf/ansible/edge/maps/blocked
map_id:
  description: The id of the map in the kernel.
  returned: success
  type: int
  sample: 17
type:
  description: The type of the map, as bpftool names it.
  returned: success
  type: str
  sample: lpm_trie
max_entries:
  description: The maximum number of entries.
  returned: success
  type: int
  sample: 200000
"""

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import map_path
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_reading import Question, read
from ansible_collections.ebpf.xdp.plugins.module_utils._module import PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout


def _work(module: XdpModule) -> "dict[str, Any]":
    host.require()
    enter(module.params)
    options = module.params
    if options["limit"] < 0:
        raise XdpError(f"limit: {options['limit']} is less than 0. With 0 entries are only counted")
    layout = None if options["path"] is not None else Layout(options["pin_root"], options["name"])
    question = Question(*(options[name] for name in Question._fields))
    result, warnings = read(map_path.of(options), question, layout)
    for warning in warnings:
        module.warn(warning)
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "name": {"type": "str"},
            "map": {"type": "str"},
            "path": {"type": "path"},
            "limit": {"type": "int", "default": 1000},
            "lookup": {"type": "list", "elements": "raw"},
            "sum_cpus": {"type": "bool", "default": False},
            "key_type": {"type": "raw", "no_log": False},
            "value_type": {"type": "raw"},
            "pin_root": PIN_ROOT,
            "netns": NETNS,
        },
        supports_check_mode=True,
    )
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
