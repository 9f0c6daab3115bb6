# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  answers:
    description:
      - A dictionary with the name of each host and the result that its M(ebpf.xdp.xdp_status_info) task registered.
      - Include hosts that failed or could not be reached, which are shown as such. A host whose value is not a dictionary is shown as
        failed.
    type: dict
    required: true
"""
