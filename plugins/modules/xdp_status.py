#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xdp_status
short_description: Show the state of XDP on all hosts, a line for each interface
version_added: 0.1.0
description:
  - Shows the results of M(ebpf.xdp.xdp_status_info) on all hosts, with a line for each host and interface, trouble first.
  - The playbook C(ebpf.xdp.status) asks the hosts and calls this module. Use the module itself in a playbook of your own.
  - It is an action plugin that runs only on the controller.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes.controller
  - ebpf.xdp.fleet
options:
  fail:
    description:
      - Whether to fail if a host is in trouble. That means that it could not be reached, that its task failed, or that the state of an
        interface is V(not_attached), V(foreign) or V(differs) (RV(ebpf.xdp.xdp_status_info#module:rows[].state)).
    type: bool
    default: false
seealso:
  - module: ebpf.xdp.xdp_status_info
  - module: ebpf.xdp.xdp_report
"""

EXAMPLES = r"""
- name: Ask each host
  ebpf.xdp.xdp_status_info:
  register: answer
  ignore_errors: true
  ignore_unreachable: true

- name: Show the answers
  ebpf.xdp.xdp_status:
    answers: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'answer'))) }}"
  run_once: true
"""

RETURN = r"""
lines:
  description: The lines that were shown.
  returned: success
  type: list
  elements: str
  sample: ['fine  edge1  eth0  edge  native  0e8b54600ad8  1,500  3.1 %']
asked:
  description: How many hosts were asked.
  returned: success
  type: int
  sample: 20
answered:
  description: How many of them answered.
  returned: success
  type: int
  sample: 20
in_trouble:
  description: How many hosts are in trouble.
  returned: success
  type: int
  sample: 0
"""
