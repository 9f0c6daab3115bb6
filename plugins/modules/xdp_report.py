#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xdp_report
short_description: Write an HTML report about XDP on all hosts
version_added: 0.1.0
description:
  - Writes the results of M(ebpf.xdp.xdp_status_info) on all hosts to an HTML file, and to a JSON file of the same name. The page is
    self-contained and runs no script.
  - The playbook C(ebpf.xdp.report) asks the hosts and calls this module. Use the module itself to build a report of your own.
  - It is an action plugin that runs only on the controller.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes.controller
  - ebpf.xdp.fleet
options:
  dest:
    description:
      - The file on the controller to write. Its name must end in C(.html).
    type: path
    required: true
  title:
    description:
      - The heading of the page.
    type: str
    default: XDP on the fleet
  seconds:
    description:
      - For how many seconds the hosts have counted packets. The page shows this number.
    type: float
    default: 0
seealso:
  - module: ebpf.xdp.xdp_status_info
  - module: ebpf.xdp.xdp_status
"""

EXAMPLES = r"""
- name: Ask each host
  ebpf.xdp.xdp_status_info:
  register: answer
  ignore_errors: true
  ignore_unreachable: true

- name: Write the report
  ebpf.xdp.xdp_report:
    dest: report.html
    answers: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'answer'))) }}"
  run_once: true
"""

RETURN = r"""
path:
  description: The path of the page.
  returned: success
  type: str
  sample: /home/ops/report.html
data:
  description: The path of the JSON file next to the page.
  returned: success
  type: str
  sample: /home/ops/report.json
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
