# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of xdp_pin."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.plugin_utils._pin_action import PinAction


class ActionModule(PinAction):
    """All of it is in ``PinAction``, which xdp_filter has as well."""
