# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of xdp_boot: it sends what the host has to keep."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.plugin_utils._object_action import ObjectAction


class ActionModule(ObjectAction):
    MODULE = "xdp_boot"
    FILLS = True
