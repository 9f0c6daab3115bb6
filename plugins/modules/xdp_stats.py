#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xdp_stats
short_description: Read packets, bytes and rates by XDP verdict
version_added: 0.1.0
description:
  - Reads a pinned map of counters by XDP verdict, such as C(xdp_stats.h) of this collection declares it, and adds up what the
    CPUs counted.
  - Understands per-CPU arrays with one entry for each verdict and values of 4 bytes (packets), 8 bytes (packets) or 16 bytes
    (packets and bytes).
  - Changes nothing.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.info
  - ebpf.xdp.attributes.group
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
options:
  name:
    description:
      - The pin set to read from.
    type: str
  map:
    description:
      - The name of a map of the pin set O(name), or the absolute path of any pinned map.
      - Of a chain that counts (O(ebpf.xdp.xdp_pin#module:count_verdicts)), the default is what the chain counts, C(chain:xdp_counters), unless
        it has a map called C(xdp_stats). Verdicts that do not exist count as C(XDP_ABORTED) then, as the kernel takes them.
      - Required without O(name).
    type: str
    default: xdp_stats
  interval:
    description:
      - Seconds between two readings, for rates, at most a day (86400). With 0 there is one reading and there are no rates.
    type: float
    default: 0
  per_cpu:
    description:
      - Whether to return what each possible CPU counted, too.
    type: bool
    default: false
seealso:
  - module: ebpf.xdp.xdp_pin
  - module: ebpf.xdp.xdp_pinned_info
"""

EXAMPLES = r"""
- name: Packets and bytes so far
  ebpf.xdp.xdp_stats:
    name: edge
  register: counted

- name: Show them
  ansible.builtin.debug:
    var: counted.table

- name: Rates over two seconds, by CPU
  ebpf.xdp.xdp_stats:
    name: edge
    interval: 2
    per_cpu: true

- name: A map that another tool has pinned
  ebpf.xdp.xdp_stats:
    map: /sys/fs/bpf/eth0/xdp_stats_map
"""

RETURN = r"""
stats:
  description: The counters by verdict, with the keys C(XDP_ABORTED), C(XDP_DROP), C(XDP_PASS), C(XDP_TX), C(XDP_REDIRECT).
  returned: success
  type: dict
  contains:
    packets:
      description: Packets.
      type: int
      sample: 1000
    bytes:
      description: Bytes; V(null) where the map does not count them.
      type: int
      sample: 60000
    pps:
      description: Packets per second, over the time that really passed.
      returned: O(interval) is not 0
      type: float
      sample: 333.3
    bps:
      description: Bits per second, over the time that really passed; V(null) where the map does not count bytes.
      returned: O(interval) is not 0
      type: float
      sample: 160000.0
    per_cpu:
      description: The same for each possible CPU, in a list with the key C(cpu) beside.
      returned: O(per_cpu=true)
      type: list
      elements: dict
      sample: [{cpu: 0, packets: 600, bytes: 36000}, {cpu: 1, packets: 400, bytes: 24000}]
  sample:
    XDP_PASS: {packets: 1000, bytes: 60000}
total:
  description: All verdicts together, with the same keys but for C(per_cpu).
  returned: success
  type: dict
  sample: {packets: 1000, bytes: 60000}
interfaces:
  description:
    - The same for each interface, where the map tells them apart, as that of a chain does (O(ebpf.xdp.xdp_pin#module:count_verdicts));
      otherwise V(null).
    - A program on a bond in native mode runs on the interfaces below it, and is counted there.
  returned: success
  type: list
  elements: dict
  contains:
    interface:
      description:
        - Its name. V(null) for one that is gone, for those that share a row, and for all of a set in another network namespace than
          O(netns).
      type: str
      sample: eth0
    ifindex:
      description: Its index. V(null) for those that share the last row, as there were more than have one each.
      type: int
      sample: 2
    stats:
      description: As RV(stats).
      type: dict
      sample: {XDP_PASS: {packets: 1000, bytes: 60000}}
    total:
      description: As RV(total).
      type: dict
      sample: {packets: 1000, bytes: 60000}
table:
  description: The same in a few lines to read.
  returned: success
  type: list
  elements: str
  sample:
    - 'verdict       packets   bytes'
    - 'XDP_PASS        1,000  60,000'
members:
  description:
    - Of a chain that counts, what became of packets at each member, in the order of the chain; otherwise V(null).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The member's name.
      type: str
      sample: filter
    program:
      description: The name of its program in its object.
      type: str
      sample: xdp_filter
    proceed_on:
      description: The verdicts with which packets go on to the next member.
      type: list
      elements: str
      sample: [pass]
    packets:
      description: Packets by verdict, since the map was made. C(unknown) is for verdicts that do not exist.
      type: dict
      sample: {aborted: 0, drop: 40, pass: 960, tx: 0, redirect: 0, unknown: 0}
path:
  description: Where the map is pinned.
  returned: success
  type: str
  sample: /sys/fs/bpf/ansible/edge/maps/xdp_stats
map_id:
  description: The kernel's id of the map.
  returned: success
  type: int
  sample: 17
seconds:
  description: The time between the two readings; 0 when there was one.
  returned: success
  type: float
  sample: 2.001
"""

import os
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import _startup  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import host
from ansible_collections.ebpf.xdp.plugins.module_utils._module import PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import map_path
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MEMBERS, ROWS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.counters import members, statistics, with_names

#: Seconds. The task does not end before; to measure over days, read twice.
_LONGEST = 86400

_DEFAULT_MAP = "xdp_stats"


def _path(options: dict[str, Any]) -> str:
    """Where the map is pinned that was asked for."""
    if os.path.isabs(options["map"]):
        return map_path.by_path(options["map"])
    if options["name"] is None:
        raise XdpError("Give the name of a pin set, or the absolute path of a pinned map as map")
    layout = Layout(options["pin_root"], options["name"])
    if (
        options["map"] == _DEFAULT_MAP
        and not os.path.lexists(layout.map(_DEFAULT_MAP))
        and os.path.lexists(layout.map(ROWS))
    ):
        return map_path.in_use(options["pin_root"], options["name"], ROWS)
    return map_path.in_use(options["pin_root"], options["name"], options["map"])


def _members(options: dict[str, Any], path: str) -> list[dict[str, Any]] | None:
    if options["name"] is None or os.path.basename(path) != ROWS:
        return None
    return members(Layout(options["pin_root"], options["name"]).record, os.path.join(os.path.dirname(path), MEMBERS))


def _record(options: dict[str, Any]) -> str | None:
    return None if options["name"] is None else Layout(options["pin_root"], options["name"]).record


def _work(options: dict[str, Any]) -> dict[str, Any]:
    host.require()
    enter(options)
    if not 0 <= options["interval"] <= _LONGEST:  # nor is NaN
        raise XdpError(
            f"interval: {options['interval']} is not a number of seconds. Give 0 to {_LONGEST}, which is a day"
        )
    path = _path(options)
    result = {**statistics(path, options["interval"], options["per_cpu"]), "members": _members(options, path)}
    if result["interfaces"]:
        with_names(result["interfaces"], _record(options))
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "name": {"type": "str"},
            "map": {"type": "str", "default": _DEFAULT_MAP},
            "interval": {"type": "float", "default": 0},
            "per_cpu": {"type": "bool", "default": False},
            "netns": NETNS,
            "pin_root": PIN_ROOT,
        },
        supports_check_mode=True,
    )
    run(module, lambda: _work(module.params))


if __name__ == "__main__":
    main()
