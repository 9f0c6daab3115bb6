# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The options of ``gate``, which the controller judges by; the module has them so that they are documented and known."""

from __future__ import annotations

from typing import Any

GATE: dict[str, Any] = {
    "type": "dict",
    "options": {
        "max_drop_share": {"type": "float"},
        "max_drop_increase": {"type": "float"},
        "max_abort_share": {"type": "float"},
        "seconds": {"type": "float", "default": 5},
        "min_packets": {"type": "int", "default": 1},
        "require_traffic": {"type": "bool", "default": False},
        "map": {"type": "str"},
    },
}
