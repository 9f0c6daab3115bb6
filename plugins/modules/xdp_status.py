#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xdp_status
short_description: Show the state of XDP on all hosts, with one line for each interface
version_added: 0.1.0
description:
  - Shows the results that M(ebpf.xdp.xdp_status_info) returned for all hosts, with one line for each host and interface. Hosts and
    interfaces in trouble come first.
  - The playbook C(ebpf.xdp.status) queries the hosts and calls this module. Use the module directly in a playbook of your own.
  - The module is an action plugin that runs entirely on the controller.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes.controller
  - ebpf.xdp.fleet
options:
  fail:
    description:
      - Whether the task fails if a host is in trouble.
      - A host is in trouble if it could not be reached, if its task failed or did not run, or if something could not be read
        (RV(ebpf.xdp.xdp_status_info#module:unreadable)).
      - It is also in trouble if RV(ebpf.xdp.xdp_status_info#module:rows[].state) of an interface or pin set is V(not_attached),
        V(foreign) or V(differs).
    type: bool
    default: false
seealso:
  - module: ebpf.xdp.xdp_status_info
  - module: ebpf.xdp.xdp_report
"""

EXAMPLES = r"""
- name: Query each host
  ebpf.xdp.xdp_status_info:
  register: answer
  ignore_errors: true
  ignore_unreachable: true

- name: Show the results
  ebpf.xdp.xdp_status:
    answers: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'answer'))) }}"
  run_once: true
"""

RETURN = r"""
lines:
  description:
    - The lines that were shown. They are a heading, one line for each host and interface, and a summary.
    - A host without XDP programs has one line, and so does a host that failed or could not be reached.
  returned: success, and when the task fails because of O(fail=true)
  type: list
  elements: str
  sample:
    - 'state  host   interface  set   mode    version       packets/s  dropped  trend'
    - 'fine   edge1  eth0       edge  native  0e8b54600ad8      1,500    3.1 %'
    - '1 host asked, 1 answered, 0 in trouble'
asked:
  description: The number of hosts in O(answers).
  returned: success, and when the task fails because of O(fail=true)
  type: int
  sample: 1
answered:
  description: How many of these hosts could be reached. Hosts whose task failed count as well.
  returned: success, and when the task fails because of O(fail=true)
  type: int
  sample: 1
in_trouble:
  description: How many of these hosts are in trouble, as defined for O(fail).
  returned: success, and when the task fails because of O(fail=true)
  type: int
  sample: 0
"""
