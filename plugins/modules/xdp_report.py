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
  - Writes the results that M(ebpf.xdp.xdp_status_info) returned for all hosts to an HTML page. The same data goes to a JSON file of the
    same name, with the extension C(.json). The page loads no other files and runs no scripts.
  - The playbook C(ebpf.xdp.report) queries the hosts and calls this module. Use the module directly to write a playbook of your own.
  - The module is an action plugin that runs entirely on the controller. In check mode, it writes no files. It always reports a change.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes.controller
  - ebpf.xdp.fleet
options:
  dest:
    description:
      - The file to write, on the controller. Its name must end in C(.html) or C(.htm).
    type: path
    required: true
  title:
    description:
      - The heading of the page.
    type: str
    default: XDP on the fleet
  seconds:
    description:
      - How long the hosts counted packets, in seconds. The page and the JSON file state it. With V(0), the page does not.
    type: float
    default: 0
seealso:
  - module: ebpf.xdp.xdp_status_info
  - module: ebpf.xdp.xdp_status
"""

EXAMPLES = r"""
- name: Query each host
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
  description: The absolute path of the page.
  returned: success
  type: str
  sample: /home/ops/report.html
data:
  description: The absolute path of the JSON file, which is next to the page.
  returned: success
  type: str
  sample: /home/ops/report.json
asked:
  description: The number of hosts in O(answers).
  returned: success
  type: int
  sample: 20
answered:
  description: How many of these hosts could be reached. Hosts whose task failed count as well.
  returned: success
  type: int
  sample: 20
in_trouble:
  description: How many of these hosts are in trouble, as defined for O(ebpf.xdp.xdp_status#module:fail).
  returned: success
  type: int
  sample: 0
"""
