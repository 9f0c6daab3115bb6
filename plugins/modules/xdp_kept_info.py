#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_kept_info
short_description: List the pin sets that are kept for the next boot, and which of them are no longer declared
version_added: 0.1.0
description:
  - Lists the pin sets below O(pin_root) that M(ebpf.xdp.xdp_boot) or the role P(ebpf.xdp.xdp_program#role) keeps on the host's disk, and
    says which of them are not declared.
  - Use it to find sets that were deleted from a playbook. They keep running, and come back after each reboot.
  - Pin sets that M(ebpf.xdp.xdp_pin) made, but that nothing keeps on disk, are never listed.
  - The module only reads files. It does not look at what is in the kernel, and changes nothing.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
  - ebpf.xdp.attributes.action
  - ebpf.xdp.attributes.info
  - ebpf.xdp.attributes.group
  - ebpf.xdp.pin_root
  - ebpf.xdp.boot_directory
attributes:
  action:
    support: partial
    details:
      - O(declared_in_play) is resolved on the controller, because a host does not know the play.
options:
  declared:
    description: The names of the sets that are supposed to be kept.
    type: list
    elements: str
    default: []
  declared_in_play:
    description:
      - Whether all sets that the play declares by using the role P(ebpf.xdp.xdp_program#role) or P(ebpf.xdp.xdp_filter#role) count as
        declared. These are the sets in C(xdp_program_sets), or the one in C(xdp_filter_name), for this host, whether or not the role
        actually runs on it.
      - A use of a role is an entry of C(roles), an C(import_role), or an C(include_role) that the play has read. An C(include_role) in
        a file for C(include_tasks) is not known until the C(include_tasks) has run.
      - If the names in one of these uses are not known yet, for example because they depend on a later result,
        no set counts as undeclared. A warning says why.
    type: bool
    default: false
  warn:
    description:
      - Whether to warn about each set that is not declared. If it is not known which sets O(declared_in_play) declares, the module always
        warns.
    type: bool
    default: true
  xdp_internal:
    description:
      - For internal use. Only the collection sets it. A task that sets it fails.
    type: dict
seealso:
  - module: ebpf.xdp.xdp_boot
  - module: ebpf.xdp.xdp_pinned_info
"""

EXAMPLES = r"""
- name: Find sets that come back at boot, although only edge is supposed to
  ebpf.xdp.xdp_kept_info:
    declared: [edge]
  register: kept

- name: Fail if there are any
  ansible.builtin.assert:
    that: kept.undeclared == []
"""

RETURN = r"""
kept:
  description:
    - The names of the pin sets that are kept for the next boot, sorted. They come back then, unless they are removed before.
    - Only sets below O(pin_root) are listed. If the file of a set cannot be read, the set is listed wherever it belongs.
  returned: success
  type: list
  elements: str
  sample: [edge, filter]
undeclared:
  description: The names of the kept sets that are not declared, sorted. Empty if it is not known whether they are declared.
  returned: success
  type: list
  elements: str
  sample: [filter]
sets:
  description: What is kept of each set, in the order of RV(kept).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the set.
      type: str
      sample: edge
    netns:
      description:
        - The name of the network namespace for which the set is kept (O(ebpf.xdp.xdp_boot#module:netns)).
        - V(null) for the network namespace that the host boots with, and if the file of the set is damaged or cannot be read.
      type: str
      sample: blue
    contents:
      description:
        - The maps that are filled when the set comes back, sorted by name. Empty if there are none.
        - V(null) if the file of the set is damaged or cannot be read.
      type: list
      elements: dict
      contains:
        map:
          description: The name of the map.
          type: str
          sample: blocked
        digest:
          description: SHA-256 of the file with the kept entries, which is C(contents/DIGEST.packed) below O(boot_directory).
          type: str
          sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
        entries:
          description: How many entries are kept.
          type: int
          sample: 100000
"""

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import ARGUMENT as INTERNAL
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._module import BOOT_DIRECTORY, PIN_ROOT, XdpModule, run


def _facts(directory: str, name: str) -> "dict[str, Any]":
    try:
        header = kept.header(directory, name)
    except XdpError:
        return {"name": name, "netns": None, "contents": None}
    found = header.contents if header else ()
    return {
        "name": name,
        "netns": header.netns if header else None,
        "contents": [{"map": each.map, "digest": each.digest, "entries": each.entries} for each in found],
    }


def _work(module: XdpModule) -> "dict[str, Any]":
    options = module.params
    directory = options["boot_directory"]
    found = kept.names_for(directory, options["pin_root"])
    undeclared = [name for name in found if name not in options["declared"]]
    unknown = options["_unknown"] or []
    if undeclared and unknown:
        module.warn(
            f"{', '.join(undeclared)}: kept in {directory}, and it is not known whether the play declares them: "
            f"{'; '.join(unknown)}. They were left alone"
        )
        undeclared = []
    elif options["warn"]:
        for name in undeclared:
            module.warn(
                f"The pin set {name} is kept in {directory} and no longer declared. It keeps running and comes back at boot. "
                f"Declare it, remove it with xdp_program_state: absent, or set xdp_program_exclusive: true"
            )
    sets = [_facts(directory, name) for name in found]
    return {"changed": False, "kept": found, "undeclared": undeclared, "sets": sets}


def main() -> None:
    module = XdpModule(
        argument_spec={
            "pin_root": PIN_ROOT,
            "boot_directory": BOOT_DIRECTORY,
            "declared": {"type": "list", "elements": "str", "default": []},
            "declared_in_play": {"type": "bool", "default": False},
            "warn": {"type": "bool", "default": True},
            **INTERNAL,
        },
        supports_check_mode=True,
    )
    unpack(module.params)
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
