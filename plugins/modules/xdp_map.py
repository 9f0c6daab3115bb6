#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_map
short_description: Set the entries of a pinned map
version_added: 0.1.0
description:
  - Adds, changes or removes entries of one pinned map, from a list or from a large file. Only differences are written.
  - Use it for block lists, limits and other data that change more often than the program does.
  - Keys and values are written according to the program's types (BTF). A structure is a dictionary of its fields, and an address or prefix
    is text.
  - All entries are checked before the first one is written. If a write fails, earlier writes are undone.
  - If M(ebpf.xdp.xdp_boot) keeps the pin set for the next boot, the declared entries are kept as well, unless O(permanent=false). This does
    not apply to maps that O(path) names.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
  - ebpf.xdp.attributes.action
  - ebpf.xdp.attributes.group
  - ebpf.xdp.contents
  - ebpf.xdp.pinned_map
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
  - ebpf.xdp.boot_directory
attributes:
  action:
    support: partial
    details:
      - Entries are read and packed on the controller. With O(remote_src=true), the host reads O(src).
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The diff shows the counts (RV(counts)), and the first 50 entries that change.
  idempotent:
    support: full
options:
  executable:
    description:
      - The path of the boot program that M(ebpf.xdp.xdp_boot) installs. If the installed one cannot restore the contents of maps, entries
        cannot be kept for the next boot, and the task fails.
    type: path
    default: /usr/local/sbin/ebpf-xdp
seealso:
  - module: ebpf.xdp.xdp_map_info
  - module: ebpf.xdp.xdp_pin
  - module: ebpf.xdp.xdp_boot
"""

EXAMPLES = r"""
- name: Pin a program that has a map
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]

- name: Reset the counters of the interface with index 2
  ebpf.xdp.xdp_map:
    name: edge
    map: xdp_counters
    state: absent
    entries:
      - key: 2
"""

RETURN = r"""
counts:
  description: How many entries changed, and how many did not. In check mode, how many would change.
  returned: success
  type: dict
  contains:
    added:
      description: How many declared entries did not exist before.
      type: int
      sample: 10
    updated:
      description: How many declared entries had another value before.
      type: int
      sample: 0
    removed:
      description:
        - How many entries were removed because of O(state=absent) or O(exclusive=true). In an array, how many were set to zero.
      type: int
      sample: 0
    unchanged:
      description:
        - How many declared entries did not have to change, because they have the declared value or O(existing=keep) keeps theirs.
        - With O(state=absent), how many of the declared keys had no entry or, in an array, only zeros.
      type: int
      sample: 99990
  sample: {added: 10, updated: 0, removed: 0, unchanged: 99990}
path:
  description: Where the map is pinned.
  returned: success
  type: str
  sample: /sys/fs/bpf/ansible/edge/maps/blocked
map_id:
  description: The id of the map in the kernel; V(null) in check mode if O(atomic=true) would create a new map.
  returned: success
  type: int
  sample: 17
type:
  description: The type of the map, as bpftool names it.
  returned: success
  type: str
  sample: lpm_trie
max_entries:
  description: The maximum number of entries.
  returned: success
  type: int
  sample: 200000
awaited:
  description:
    - Interfaces that do not exist yet, although entries of a devmap name them. Run the task again once they exist, to write these entries.
  returned: success
  type: list
  elements: str
  sample: []
copied_values:
  description:
    - Whether a new map replaces the old one and takes over some of its values. Changes that programs make to these values between the copy
      and the switch to the new map are lost.
    - This happens only with O(atomic=true), and only without O(exclusive=true), with O(existing=keep), or if values are left out.
  returned: success
  type: bool
  sample: false
kept:
  description:
    - Whether the next boot will bring back what this task declares.
    - V(same) if the declared entries are kept.
    - V(different) if the next boot brings back other contents. This happens only with O(permanent=false).
    - V(absent) if the pin set is not kept, and always with O(path).
  returned: success
  type: str
  sample: same
"""

import os
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import ARGUMENTS, take
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._end_trial import end_trial
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._fill.map_contents import MapOutcome, ensure
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import map_path
from ansible_collections.ebpf.xdp.plugins.module_utils._module import (
    BOOT_DIRECTORY,
    PIN_ROOT,
    XdpModule,
    run,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter
from ansible_collections.ebpf.xdp.plugins.module_utils._parts import add_parts
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout, kept_path


def _ensured(module: XdpModule, path: str, wanted: Wanted) -> MapOutcome:
    options = module.params
    if not wanted.atomic:
        layout = None if options["path"] is not None else Layout(options["pin_root"], options["name"])
        return ensure(path, wanted, layout, module.check_mode)
    # Imported here, not at the top: what loads programs costs start-up time, and hardly any run needs it.
    from ansible_collections.ebpf.xdp.plugins.module_utils._boot.replace_map import replace

    return replace(options["pin_root"], options["name"], wanted, options["boot_directory"], module.check_mode)


class _Keeping:
    """What is kept of the map for the next boot. Whether it can be is found out before the map is changed."""

    def __init__(self, module: XdpModule, wanted: Wanted) -> None:
        options = module.params
        self._module = module
        self._wanted = wanted
        self._is_kept = False
        self._changes = False
        if options["path"] is not None or not os.path.lexists(kept_path(options["boot_directory"], options["name"])):
            return
        from ansible_collections.ebpf.xdp.plugins.module_utils._boot import contents

        try:
            self._is_kept = contents.is_kept(options["boot_directory"], options["name"], options["pin_root"])
            if not self._is_kept:
                return
            self._found = self._keep(check_mode=True)
            self._changes = self._found[0]
        except XdpError:
            if options["permanent"]:
                raise
            # Damaged, for example: whatever comes back, it is not known to be this.
            self._is_kept = self._changes = True

    def _keep(self, check_mode: bool) -> "tuple[bool, dict[str, Any], dict[str, Any], list[str]]":
        from ansible_collections.ebpf.xdp.plugins.module_utils._boot import contents

        options = self._module.params
        return contents.keep(
            options["boot_directory"],
            options["executable"],
            options["name"],
            options["pin_root"],
            self._wanted._replace(permanent=True),
            check_mode,
        )

    def finish(self, sides: "tuple[dict[str, Any], dict[str, Any]]") -> "tuple[bool, str]":
        """Whether something was changed, or would be, and how what is kept compares with what is declared."""
        if not self._is_kept:
            return False, "absent"
        if not self._module.params["permanent"]:
            if self._changes:
                self._module.warn(
                    f"permanent: false leaves what is kept of the map {self._wanted.map} for the next boot as it is, so the "
                    f"next boot brings back other contents"
                )
            return False, "different" if self._changes else "same"
        if self._changes and not self._module.check_mode:
            self._found = self._keep(check_mode=False)
        changed, before, after, warnings = self._found
        for warning in warnings:
            self._module.warn(warning)
        for side, more in zip(sides, (before, after)):
            if more:
                side["kept"] = more
        return changed, "same"


def _work(module: XdpModule) -> "dict[str, Any]":
    add_parts(module.params["_parts"])
    host.require()
    enter(module.params)
    options = module.params
    if options["path"] is not None and options["atomic"]:
        raise XdpError("atomic: true needs the pin set whose program uses the map. Give name and map in place of path")
    if options["path"] is not None:
        # A set's maps are in a directory of its own, and those of a trial in one below that.
        directory = os.path.dirname(os.path.dirname(options["path"]))
        for each in (directory, os.path.dirname(directory)):
            end_trial(module, each)
    elif options["name"] is not None:
        end_trial(module, Layout(options["pin_root"], options["name"]).path)
    path = map_path.of(options)
    (wanted,) = take([options], options["boot_directory"])
    keeping = _Keeping(module, wanted)
    outcome = _ensured(module, path, wanted)
    sides = {**outcome.before}, {**outcome.after}
    for warning in outcome.warnings:
        module.warn(warning)
    kept_changed, kept = keeping.finish(sides)
    result = {
        "changed": outcome.changed or kept_changed,
        "counts": outcome.counts._asdict(),
        "path": path,
        "map_id": outcome.id,
        "type": outcome.type,
        "max_entries": outcome.max_entries,
        "copied_values": outcome.copied_values,
        "awaited": list(outcome.awaited),
        "kept": kept,
    }
    if module._diff:
        result["diff"] = dict(zip(("before", "after"), sides))
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "name": {"type": "str"},
            "map": {"type": "str"},
            "path": {"type": "path"},
            **ARGUMENTS,
            "pin_root": PIN_ROOT,
            "netns": NETNS,
            "boot_directory": BOOT_DIRECTORY,
            "executable": {"type": "path", "default": "/usr/local/sbin/ebpf-xdp"},
        },
        supports_check_mode=True,
    )
    unpack(module.params)
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
