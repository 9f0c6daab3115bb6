#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_status_info
short_description: Return the state of XDP on each interface of a host
version_added: 0.1.0
description:
  - Returns a row for each interface that was declared for a pin set or that runs an XDP program, in all network namespaces of
    pin sets. A row says what runs, how many packets arrive, and in one word, whether something is wrong.
  - Use it to monitor one host. The playbooks C(ebpf.xdp.status) and C(ebpf.xdp.report) show these rows for all hosts.
  - The module takes no lock, does not wait for other runs, and changes nothing.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.info
  - ebpf.xdp.pin_root
  - ebpf.xdp.boot_directory
options:
  interval:
    description:
      - Seconds between two readings of the counters, at most 60. With V(0), the counters are read once, and no rates are measured.
    type: float
    default: 1
  samples:
    description:
      - How many rates to measure, one after the other, each over O(interval). At most 60.
    type: int
    default: 1
seealso:
  - module: ebpf.xdp.xdp_pinned_info
  - module: ebpf.xdp.xdp_stats
"""

EXAMPLES = r"""
- name: Ask for the state of all interfaces
  ebpf.xdp.xdp_status_info:
  register: status

- name: Fail if a program does not run or is foreign
  ansible.builtin.assert:
    that: status.rows | selectattr('state', 'in', ['not_attached', 'foreign']) == []
"""

RETURN = r"""
rows:
  description: The interfaces, trouble first. A pin set that is not attached anywhere has a row as well.
  returned: success
  type: list
  elements: dict
  contains:
    state:
      description:
        - V(not_attached) if the interface was declared, by the last run or by what is kept, but the program does not run there.
        - V(foreign) if it runs a program that no pin set owns.
        - V(differs) if the next boot would bring back something different from what is in force.
        - V(pending) while a change is on trial.
        - V(generic) if the program runs in generic mode, but generic mode was not requested.
        - V(fine) otherwise.
      type: str
      sample: fine
    interface:
      description: The name of the interface; V(null) for a pin set that is not attached anywhere.
      type: str
      sample: eth0
    netns:
      description: The name or path of the network namespace; V(null) for the one that the module runs in.
      type: str
      sample: null
    pin_set:
      description: The name of the pin set; V(null) for a foreign program.
      type: str
      sample: edge
    program:
      description: The name of the program.
      type: str
      sample: xdp_stats_pass
    members:
      description: The names of the members of a chain. Empty for any other program.
      type: list
      elements: str
      sample: [counter, filter]
    rules:
      description:
        - For a filter (M(ebpf.xdp.xdp_filter)), how many packets each rule has decided about since the filter was first pinned, with
          C(name), C(action) and C(packets). Elements without an action count the packets that no rule has decided about.
      type: list
      elements: dict
      sample: [{name: blocklist, action: drop, packets: 1234}]
    version:
      description: The first 12 digits of the digest of what the program was made from, including its constants.
      type: str
      sample: 0e8b54600ad8
    mode:
      description: V(native), V(generic) or V(offload).
      type: str
      sample: native
    method:
      description: V(link) or V(netlink).
      type: str
      sample: link
    packets_per_second:
      description:
        - Packets per second.
        - V(null) if the program does not count packets by interface. Then the values that follow are V(null) or empty as well, except
          for RV(rows[].exceptions_per_second).
      type: float
      sample: 1500.0
    bits_per_second:
      description: Bits per second, counted from the Ethernet header on.
      type: float
      sample: 768000.0
    drop_share:
      description: The share of the packets between the readings that was dropped, from 0 to 1. With O(interval=0), the share of all packets.
      type: float
      sample: 0.031
    aborted_per_second:
      description: Packets per second that were lost because of an error in the program.
      type: float
      sample: 0.0
    exceptions_per_second:
      description: Packets per second that were lost for any reason that M(ebpf.xdp.xdp_monitor) counts; V(null) if the monitor is not on.
      type: float
      sample: 0.0
    verdicts:
      description: Packets per second by verdict. With O(interval=0), packets by verdict.
      type: dict
      sample: {aborted: 0.0, drop: 46.5, pass: 1453.5, tx: 0.0, redirect: 0.0}
    rates:
      description: The packets per second between one reading and the next.
      type: list
      elements: float
      sample: [1500.0]
    spark:
      description: RV(rows[].rates) as one character each, as high as the rate. Empty for fewer than two rates.
      type: str
      sample: ▁▃█▄
failed:
  description: What could not be read, with the reason. There is a warning for each of them as well.
  returned: success
  type: list
  elements: dict
  contains:
    pin_set:
      description: The name of the pin set, or an empty string.
      type: str
      sample: edge
    netns:
      description: The name of the network namespace, or an empty string.
      type: str
      sample: ""
    why:
      description: The reason.
      type: str
      sample: the record is damaged
collection:
  description: The version of the collection.
  returned: success
  type: str
  sample: 0.1.0
kernel:
  description: The release of the kernel, as C(uname -r) prints it.
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
        "failed": [each._asdict() for each in survey.failed],
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
