#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_status_info
short_description: Return the state of XDP on each interface of a host
version_added: 0.1.0
description:
  - Returns a row for each interface that runs an XDP program or was declared for a pin set. It covers the network namespace that the module
    runs in, and those of all pin sets.
  - A row says which program runs, how many packets arrive, and in a single word (RV(rows[].state)), whether something is wrong.
  - Use the module to monitor one host. The playbooks C(ebpf.xdp.status) and C(ebpf.xdp.report) show these rows for all hosts.
  - The module takes no locks, does not wait for other runs, and changes nothing.
  - This module is not in the action group C(ebpf.xdp.xdp). If you set O(pin_root) for that group, set it here as well.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
  - ebpf.xdp.attributes.info
  - ebpf.xdp.pin_root
  - ebpf.xdp.boot_directory
options:
  interval:
    description:
      - The time between two readings of the counters, in seconds, from 0 to 60. With V(0), the counters are read once, and no rates are
        measured.
    type: float
    default: 1
  samples:
    description:
      - How many rates to measure, one after the other, each over O(interval). From 1 to 60.
    type: int
    default: 1
seealso:
  - module: ebpf.xdp.xdp_pinned_info
  - module: ebpf.xdp.xdp_stats
"""

EXAMPLES = r"""
- name: Get the state of all interfaces
  ebpf.xdp.xdp_status_info:
  register: status

- name: Fail if a declared program does not run, or if a foreign program does
  ansible.builtin.assert:
    that: status.rows | selectattr('state', 'in', ['not_attached', 'foreign']) == []
"""

RETURN = r"""
rows:
  description:
    - The interfaces, sorted by RV(rows[].state) in the order listed there, so that trouble comes first.
    - A pin set with a program has a row as well if it has no interfaces.
  returned: success
  type: list
  elements: dict
  contains:
    state:
      description:
        - V(not_attached) if the program does not run on the interface, although the last run or what is kept for the next boot declares
          it, even if there is no such interface yet.
        - V(foreign) if the interface runs a program that no pin set owns.
        - V(differs) if the next boot would bring back something different from what is in force, or could not bring the pin set back.
          V(pending) takes precedence. Contents of maps are not compared; C(ebpf-xdp status) does that.
        - V(pending) while a change of the pin set is on trial.
        - V(generic) if the program runs in generic mode, unless the set is kept for the next boot with V(generic) as its mode.
        - V(fine) otherwise.
      type: str
      sample: fine
    interface:
      description: The name of the interface; V(null) for a pin set without interfaces.
      type: str
      sample: eth0
    netns:
      description:
        - The name or path of the network namespace. V(null) for the one that the module runs in, and for one that no longer exists and
          whose name is not known.
      type: str
      sample: null
    pin_set:
      description: The name of the pin set; V(null) for a foreign program.
      type: str
      sample: edge
    program:
      description: The name of the program; V(null) if the pin set currently has no program.
      type: str
      sample: xdp_stats_pass
    members:
      description: The names of the members of a chain, in the order of the chain. Empty for any other program.
      type: list
      elements: str
      sample: [counter, filter]
    rules:
      description:
        - For a filter (M(ebpf.xdp.xdp_filter)), how many packets each rule has dropped or passed, in the order of the rules. Empty for any
          other program.
        - An element has C(name), C(action) and C(packets), the same as in RV(ebpf.xdp.xdp_stats#module:rules). C(packets) is a total, and
          C(action) is V(null) in the last three elements, for packets that no rule dropped or passed.
      type: list
      elements: dict
      sample: [{name: blocklist, action: drop, packets: 1234}]
    version:
      description:
        - The first 12 hexadecimal digits of the digest of what the program was built from, including its constants.
        - V(null) for a foreign program, and if the pin set currently has no program.
      type: str
      sample: 0e8b54600ad8
    mode:
      description:
        - The mode in which the program runs, V(native), V(generic) or V(offload). V(null) if no program of the pin set runs on the
          interface.
      type: str
      sample: native
    method:
      description: How the program is attached, V(link) or V(netlink). V(null) if RV(rows[].mode) is V(null).
      type: str
      sample: link
    packets_per_second:
      description:
        - Packets per second, over all readings. V(null) with O(interval=0).
        - If nothing can be counted for this interface, this and RV(rows[].bits_per_second), RV(rows[].drop_share),
          RV(rows[].aborted_per_second), RV(rows[].verdicts) and RV(rows[].rates) are V(null), and RV(rows[].spark) is empty. This is so if
          RV(rows[].mode) is V(null), if M(ebpf.xdp.xdp_stats) cannot read counters of the program, or if interfaces share a row of its map.
          A map that does not count by interface is read only if its program runs on one interface.
        - If O(interval) is not 0, an interface that never received a counted packet has 0 here, and zeros in RV(rows[].rates). The other four
          values are V(null), and RV(rows[].spark) is empty.
      type: float
      sample: 1500.0
    bits_per_second:
      description:
        - Bits per second, counted from the Ethernet header on. V(null) with O(interval=0), and if the program does not count bytes.
      type: float
      sample: 768000.0
    drop_share:
      description:
        - The share of packets that the program dropped, from 0 to 1, among the packets between the first and the last reading. 0 if there
          were none.
        - With O(interval=0), the share of all packets that were counted.
      type: float
      sample: 0.031
    aborted_per_second:
      description:
        - Packets per second that the program aborted (C(XDP_ABORTED)), which means an error in the program. V(null) with O(interval=0).
      type: float
      sample: 0.0
    exceptions_per_second:
      description:
        - Packets per second that the interface lost for any of the reasons that M(ebpf.xdp.xdp_monitor) counts.
        - V(null) if the monitor is not installed or cannot be read, if O(interval) is 0, or if RV(rows[].mode) is V(null).
      type: float
      sample: 0.0
    verdicts:
      description: Packets per second by verdict. With O(interval=0), the number of all packets that were counted, by verdict.
      type: dict
      sample: {aborted: 0.0, drop: 46.5, pass: 1453.5, tx: 0.0, redirect: 0.0}
    rates:
      description:
        - The packets per second between one reading and the next, oldest first. Empty with O(interval=0), or V(null) if nothing can be
          counted (RV(rows[].packets_per_second)).
      type: list
      elements: float
      sample: [1500.0]
    spark:
      description:
        - A bar chart of RV(rows[].rates), with one character for each. The height of a character is the rate, relative to the highest one.
        - Empty for fewer than two rates, and if nothing was counted.
      type: str
      sample: ▁▃█▄
unreadable:
  description:
    - The pin sets and network namespaces that could not be read, or not completely, with the reason. The task succeeds, and warns about
      each of them.
    - Empty if everything could be read.
  returned: success
  type: list
  elements: dict
  contains:
    pin_set:
      description: The name of the pin set, or V(@monitor) for the monitor. An empty string if a network namespace could not be read.
      type: str
      sample: edge
    netns:
      description: The name or path of the network namespace. An empty string if RV(unreadable[].pin_set) is not empty.
      type: str
      sample: ""
    why:
      description: Why it could not be read.
      type: str
      sample: >-
        The map /sys/fs/bpf/ansible/edge/maps/xdp_counters was unpinned between the two readings, so there is no rate. Run again
collection:
  description: The version of this collection.
  returned: success
  type: str
  sample: 0.1.0
kernel:
  description: The release of the running kernel, as C(uname -r) prints it.
  returned: success
  type: str
  sample: 6.12.41-amd64
"""

import os
from collections.abc import Callable
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs, host
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._module import BOOT_DIRECTORY, PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._survey import status
from ansible_collections.ebpf.xdp.plugins.module_utils._survey.survey import Survey
from ansible_collections.ebpf.xdp.plugins.module_utils._version import VERSION

_LONGEST = 60
_MOST_SAMPLES = 60


def _work(options: "dict[str, Any]", warn: "Callable[[str], None]") -> "dict[str, Any]":
    host.require()
    bpffs.require_absolute(options["pin_root"])
    if not 0 <= options["interval"] <= _LONGEST:  # nor is NaN
        raise XdpError(f"interval: {options['interval']} is not a number of seconds. Give 0 to {_LONGEST}")
    if not 1 <= options["samples"] <= _MOST_SAMPLES:
        raise XdpError(f"samples: {options['samples']} is not a number of rates. Give 1 to {_MOST_SAMPLES}")
    survey = Survey(options["pin_root"], options["boot_directory"])
    rows = status.rows(survey, options["interval"], options["samples"])
    for each in survey.failed:
        warn(f"Left out: {each.described()}")
    return {
        "rows": rows,
        "unreadable": [each._asdict() for each in survey.failed],
        "collection": VERSION,
        "kernel": os.uname().release,
    }


def main() -> None:
    module = XdpModule(
        argument_spec={
            "interval": {"type": "float", "default": 1},
            "samples": {"type": "int", "default": 1},
            "pin_root": PIN_ROOT,
            "boot_directory": BOOT_DIRECTORY,
        },
        supports_check_mode=True,
    )
    run(module, lambda: _work(module.params, module.warn))


if __name__ == "__main__":
    main()
