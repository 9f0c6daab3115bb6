# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  answers:
    description:
      - The results of M(ebpf.xdp.xdp_status_info), by host. Hosts that failed or could not be reached are shown as such.
    type: dict
    required: true
"""
