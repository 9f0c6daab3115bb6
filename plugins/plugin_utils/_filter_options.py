# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The options of xdp_filter. Its action plugin checks them, as no module of that name runs on a host."""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._gate import GATE

#: What is about packets: the option ``filter`` of other modules has the same (plugin_utils/_filter).
OF_FILTER: dict[str, dict[str, Any]] = {
    "rules": {"type": "list", "elements": "dict", "default": []},
    "default_action": {"type": "str", "choices": ["pass", "drop"], "default": "pass"},
    "dry_run": {"type": "bool", "default": False},
    "management_sources": {"type": "list", "elements": "raw", "default": []},
    "replies": {"type": "dict"},
    "pass_other_ethertypes": {"type": "bool", "default": True},
    "ssh_port": {"type": "int"},
}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent", "confirmed", "rolled_back"], "default": "present"},
    **OF_FILTER,
    "members": {"type": "list", "elements": "dict", "default": []},
    "interfaces": {"type": "list", "elements": "str"},
    "mode": {"type": "str", "choices": ["auto", "native", "generic", "offload"], "default": "auto"},
    "attach": {"type": "str", "choices": ["auto", "link", "netlink"], "default": "auto"},
    "replace_foreign": {"type": "bool", "default": False},
    "replace_sets": {"type": "list", "elements": "str", "default": []},
    "on_map_change": {"type": "str", "choices": ["fail", "recreate", "migrate"], "default": "fail"},
    "confirm_timeout": {"type": "int", "default": 30},
    "confirm": {"type": "bool", "default": True},
    "confirm_strict": {"type": "bool", "default": False},
    "gate": GATE,
    "tests": {"type": "list", "elements": "dict", "default": []},
    "ssh_test": {"type": "bool", "default": True},
    "pin_root": {"type": "path", "default": "/sys/fs/bpf/ansible"},
    "netns": {"type": "str"},
    "assume_bpffs": {"type": "path"},
    "boot_directory": {"type": "path", "default": "/var/lib/ebpf-xdp"},
    "warn_kept": {"type": "bool", "default": True},
    "executable": {"type": "path", "default": "/usr/local/sbin/ebpf-xdp"},
}
