# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  answers:
    description:
      - What M(ebpf.xdp.xdp_status_info) has returned, by host. Hosts that could not be reached or failed are shown as such.
    type: dict
    required: true
"""
