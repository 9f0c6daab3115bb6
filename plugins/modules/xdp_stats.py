#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_stats
short_description: Read packets, bytes and rates by interface and XDP verdict
version_added: 0.1.0
description:
  - Reads the counters of a program, by XDP verdict and interface, summed over all CPUs, and measures rates.
  - Use it with any program that counts with C(xdp_stats.h) of this collection, with chains, and with M(ebpf.xdp.xdp_filter), whose rules
    it shows one by one.
  - It also reads per-CPU arrays with one entry for each verdict. Their values have 4 bytes (packets), 8 bytes (packets) or 16 bytes
    (packets and bytes). Programs of xdp-tools have such maps.
  - It also reads maps of other projects whose BTF says what they count, such as C(struct datarec) of xdp-tutorial. See O(map).
  - Changes nothing.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
  - ebpf.xdp.attributes.info
  - ebpf.xdp.attributes.group
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
options:
  name:
    description:
      - The pin set to read from. Without O(name) and O(map), all sets below O(pin_root) are read at the same time.
    type: str
  map:
    description:
      - The name of a map of the pin set O(name), or the absolute path of any pinned map.
      - During a trial, a map of the new program is read rather than one of the old program with the same name.
      - The default is the first of the following maps that the set has.
      - First, C(xdp_counters), which C(xdp_stats.h) declares. Second, C(chain:xdp_counters), in which a chain counts
        (O(ebpf.xdp.xdp_pin#module:count_verdicts)). Third, C(xdp_stats) and C(xdp_stats_map), which do not count by interface.
      - If the map has BTF whose structures have the following members, the module finds the counters by them. The map must be an array of 5
        entries, one for each verdict, or a hash whose keys are verdicts. It may also be an array with one entry, whose value is an array of 5
        structures. Values may be per CPU.
      - One member must be called C(packets), C(pkts), C(rx_packets), C(rx_pkts), C(packet_count) or C(pkt_count). One may be called C(bytes),
        C(rx_bytes) or C(byte_count). Both are unsigned integers of 4 or 8 bytes. RV(fields) says which members were read. If two members
        fit, or if the key of a hash entry is not a verdict, the task fails.
      - Any other map must be a per-CPU array with 5 entries, and values of the sizes above.
      - Return values that are not verdicts count as V(aborted), because the kernel treats them as such, if the map counts them at all.
    type: str
  interval:
    description:
      - Seconds between two readings, to measure rates. At most a day (86400).
      - With V(0), the counters are read once, and no rates are measured.
    type: float
    default: 0
  samples:
    description:
      - How many rates to measure, one after the other, each over O(interval). At most 500, and at most a day for all of them. More than
        one needs O(interval).
      - If there are several, RV(spark) draws them.
    type: int
    default: 1
  per_cpu:
    description:
      - Whether to also return the counters of each possible CPU.
    type: bool
    default: false
  output:
    description:
      - What to return. V(table) returns only RV(table), and V(line) only RV(line), so that the results of many hosts can be read one below
        the other.
    type: str
    choices: [full, table, line]
    default: full
seealso:
  - module: ebpf.xdp.xdp_pin
  - module: ebpf.xdp.xdp_pinned_info
"""

EXAMPLES = r"""
- name: Read packets and bytes
  ebpf.xdp.xdp_stats:
    name: edge
  register: counted

- name: Show them
  ansible.builtin.debug:
    var: counted.table

- name: Measure rates over two seconds, by CPU
  ebpf.xdp.xdp_stats:
    name: edge
    interval: 2
    per_cpu: true

- name: Show the rates of ten seconds in one line for each host
  ebpf.xdp.xdp_stats:
    interval: 1
    samples: 10
    output: line

- name: Read a map that another tool has pinned
  ebpf.xdp.xdp_stats:
    map: /sys/fs/bpf/eth0/xdp_stats_map
"""

RETURN = r"""
stats:
  description:
    - The counters by verdict. The dictionary has the keys V(aborted), V(drop), V(pass), V(tx) and V(redirect), each with the following
      values.
  returned: with O(name) or O(map), and O(output=full)
  type: dict
  contains:
    packets:
      description: The number of packets.
      type: int
      sample: 1000
    bytes:
      description: The number of bytes; V(null) if the map does not count bytes.
      type: int
      sample: 60000
    packets_per_second:
      description: Packets per second, averaged over RV(seconds).
      returned: O(interval) is not 0
      type: float
      sample: 333.3
    bits_per_second:
      description: Bits per second, averaged over RV(seconds); V(null) if the map does not count bytes.
      returned: O(interval) is not 0
      type: float
      sample: 160000.0
    per_cpu:
      description:
        - The same counters for each possible CPU. Each element also has the number of the CPU (C(cpu)).
        - Empty if the map is not a per-CPU map.
      returned: O(per_cpu=true)
      type: list
      elements: dict
      sample: [{cpu: 0, packets: 600, bytes: 36000}, {cpu: 1, packets: 400, bytes: 24000}]
  sample:
    pass: {packets: 1000, bytes: 60000}
total:
  description: The sum over all verdicts, with the same keys as each verdict in RV(stats), except C(per_cpu).
  returned: when RV(stats) is returned
  type: dict
  sample: {packets: 1000, bytes: 60000}
interfaces:
  description:
    - The same counters for each interface that has received packets, sorted by index.
    - V(null) if the map does not count by interface. C(xdp_counters) and the map of a chain do.
    - In native mode, a program that is attached to a bond runs on the ports of the bond, so the ports are listed.
    - If an interface is removed, its counters remain until the set is attached to another interface.
  returned: when RV(stats) is returned
  type: list
  elements: dict
  contains:
    interface:
      description:
        - The name of the interface.
        - V(null) if the interface no longer exists, and for the row that several interfaces share. V(null) for all interfaces if the set
          belongs to another network namespace than O(netns).
      type: str
      sample: eth0
    ifindex:
      description:
        - The index of the interface. V(null) for the row of all interfaces that have no row of their own. It is the last one, and is only
          returned if it has counted packets.
      type: int
      sample: 2
    stats:
      description: The same as RV(stats), for this interface.
      type: dict
      sample: {pass: {packets: 1000, bytes: 60000}}
    total:
      description: The same as RV(total), for this interface.
      type: dict
      sample: {packets: 1000, bytes: 60000}
samples:
  description: The rates between one reading and the next, over all verdicts. Empty if O(interval) is 0.
  returned: when RV(stats) is returned
  type: list
  elements: dict
  contains:
    seconds:
      description: The time between the two readings in seconds.
      type: float
      sample: 1.001
    packets_per_second:
      description: Packets per second.
      type: float
      sample: 333.3
    bits_per_second:
      description: Bits per second; V(null) if the map does not count bytes.
      type: float
      sample: 160000.0
    dropped_per_second:
      description: Dropped packets per second.
      type: float
      sample: 0.0
spark:
  description:
    - A bar chart of RV(samples), with one character for each. The height of a character is the packet rate, relative to the highest one.
    - Empty for fewer than two samples.
  returned: when RV(stats) is returned
  type: str
  sample: ▁▃█▄
sets:
  description: All pin sets that have counters, sorted by name.
  returned: without O(name) and O(map), and with O(output=full)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the pin set.
      type: str
      sample: edge
    error:
      description:
        - Why the counters could not be read; V(null) if they were read.
        - In case of an error, a warning repeats this text, and the element has no keys except RV(sets[].name) and RV(sets[].error).
      type: str
      sample: null
    stats:
      description: The same as RV(stats), for this set. An element also has all other keys that are returned with O(name).
      type: dict
      sample: {pass: {packets: 1000, bytes: 60000}}
without_counters:
  description: The names of the pin sets without counters. They have none of the maps that O(map) uses by default.
  returned: without O(name) and O(map), and with O(output=full)
  type: list
  elements: str
  sample: [redirects]
line:
  description:
    - A summary in one line. The dropped share is a share of the packets during RV(seconds), or of all packets if O(interval) is 0.
  returned: O(output) is not V(table)
  type: str
  sample: 1,500 packets/s, 768,000 bits/s, 3.1 % dropped
table:
  description:
    - The counters as a table, one string for each line. It has a line for each verdict and for the total. If there are several interfaces,
      it has a line for each of them. For a filter, it has a line for each rule.
    - Without O(name) and O(map), the table has a line for each set and interface.
  returned: O(output) is not V(line)
  type: list
  elements: str
  sample:
    - 'verdict   packets   bytes'
    - 'pass        1,000  60,000'
members:
  description:
    - For a chain with counters, the packets of each member by verdict, in the order of the chain. V(null) otherwise, and if O(map) is a
      path, or names another map than C(chain:xdp_counters).
  returned: when RV(stats) is returned
  type: list
  elements: dict
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
      description: The verdicts after which packets go on to the next member.
      type: list
      elements: str
      sample: [pass]
    packets:
      description: The number of packets by verdict, since the map was created. C(unknown) counts return values that are not verdicts.
      type: dict
      sample: {aborted: 0, drop: 40, pass: 960, tx: 0, redirect: 0, unknown: 0}
rules:
  description:
    - For a filter (M(ebpf.xdp.xdp_filter)), the counters of each rule, in the order of the rules. V(null) otherwise, and if O(map) is
      a path without O(name). In a chain with several filters, those of the first.
    - The last three elements are V(default), V(essential) and V(replies). They count the packets that no rule dropped or passed.
  returned: when RV(stats) is returned
  type: list
  elements: dict
  contains:
    name:
      description: The name of the rule.
      type: str
      sample: blocklist
    action:
      description: The action of the rule; V(null) for the last three elements.
      type: str
      sample: drop
    text:
      description: The conditions of the rule as text, and the rate of a limit; V(null) for the last three elements.
      type: str
      sample: source 198.51.100.0/24
    packets:
      description:
        - How many packets the rule dropped or passed, since the map was created. For a rule with the action V(limit), how many it dropped.
      type: int
      sample: 40
    bytes:
      description: The number of bytes in RV(rules[].packets).
      type: int
      sample: 2400
    would_packets:
      description: How many packets the rule would have dropped or passed if this were not a dry run.
      type: int
      sample: 0
    would_bytes:
      description: The number of bytes in RV(rules[].would_packets).
      type: int
      sample: 0
fields:
  description:
    - The structure members that were read as packets and bytes. V(null) if the counters were recognised by the shape of the map instead.
  returned: when RV(stats) is returned
  type: dict
  contains:
    packets:
      description: The member that counts packets.
      type: str
      sample: rx_packets
    bytes:
      description: The member that counts bytes; V(null) if there is none.
      type: str
      sample: rx_bytes
  sample: {packets: rx_packets, bytes: rx_bytes}
path:
  description: Where the map is pinned.
  returned: when RV(stats) is returned
  type: str
  sample: /sys/fs/bpf/ansible/edge/maps/xdp_counters
map_id:
  description: The id of the map in the kernel.
  returned: when RV(stats) is returned
  type: int
  sample: 17
seconds:
  description: The time between the first and the last reading, in seconds; 0 if there was only one reading.
  returned: when RV(stats) is returned
  type: float
  sample: 2.001
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._module import PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import find
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.statistics import statistics, statistics_of_sets

#: Seconds. The task does not end before; to measure over days, read twice.
_LONGEST = 86400

#: As many as a screen is wide.
_MOST_SAMPLES = 500


def _work(options: "dict[str, Any]", warn: "Callable[[str], None]") -> "dict[str, Any]":
    host.require()
    enter(options)
    interval, samples = options["interval"], options["samples"]
    if not 0 <= interval <= _LONGEST:  # nor is NaN
        raise XdpError(f"interval: {interval} is not a number of seconds. Give 0 to {_LONGEST}, which is a day")
    if not 1 <= samples <= _MOST_SAMPLES:
        raise XdpError(f"samples: {samples} is not a number of rates. Give 1 to {_MOST_SAMPLES}")
    if samples > 1 and not interval:
        raise XdpError("samples: Give interval as well, as the seconds from one reading to the next")
    if interval * samples > _LONGEST:
        raise XdpError(
            f"samples: {samples} times {interval:g} seconds are more than {_LONGEST}, which is a day. Give fewer"
        )
    if options["name"] is None and options["map"] is None:
        result = statistics_of_sets(options["pin_root"], interval, samples, options["per_cpu"])
        for each in result["sets"]:
            if each["error"] is not None:
                warn(f"The pin set {each['name']} was left out: {each['error']}")
    else:
        source = find.source(options["pin_root"], options["name"], options["map"])
        result = statistics(source, interval, samples, options["per_cpu"])
    output = options["output"]
    return result if output == "full" else {output: result[output]}


def main() -> None:
    module = XdpModule(
        argument_spec={
            "name": {"type": "str"},
            "map": {"type": "str"},
            "interval": {"type": "float", "default": 0},
            "samples": {"type": "int", "default": 1},
            "per_cpu": {"type": "bool", "default": False},
            "output": {"type": "str", "choices": ["full", "table", "line"], "default": "full"},
            "netns": NETNS,
            "pin_root": PIN_ROOT,
        },
        supports_check_mode=True,
    )
    run(module, lambda: _work(module.params, module.warn))


if __name__ == "__main__":
    main()
