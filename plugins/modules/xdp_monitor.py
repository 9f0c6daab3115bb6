#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_monitor
short_description: Count the packets that XDP loses, by reason
version_added: 0.1.0
description:
  - Counts the packets that XDP loses, by interface, program and reason. It attaches small programs to tracepoints of the kernel.
  - Use it to find packets that vanish without a trace. Such a packet was aborted by a program, got a return value that is not a verdict,
    or was redirected to a target that could not send it.
  - Links that are pinned in C(@monitor) below O(pin_root) keep the programs attached. No process stays running.
  - C(ebpf-xdp metrics) exports the counters as C(ebpf_xdp_exceptions_total). The role P(ebpf.xdp.xdp_metrics#role) runs this command.
  - The monitor counts up to 4,096 combinations of interface, program and reason. Packets beyond that are exported as
    C(ebpf_xdp_exceptions_lost_total).
  - The module generates the programs from the BTF of the kernel, so the host needs neither a compiler nor headers.
  - This module is not in the action group C(ebpf.xdp.xdp). If you set O(pin_root) for that group, set it here as well.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
  - ebpf.xdp.pin_root
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - A kernel with BTF (C(CONFIG_DEBUG_INFO_BTF)), as distributions build it
options:
  state:
    description:
      - V(present) counts lost packets. V(absent) stops counting, discards the counters, and no longer keeps the monitor for the next boot.
    type: str
    choices: [present, absent]
    default: present
  redirects:
    description:
      - Whether to also count packets that are lost after a device map or CPU map has redirected them.
      - The tracepoints for this fire for each batch of redirected packets, whether or not any are lost. This slows redirects down.
    type: bool
    default: false
  boot:
    description:
      - Whether to keep the monitor on disk, so that C(ebpf-xdp restore) restores it at boot. This also installs the boot program, like
        M(ebpf.xdp.xdp_boot).
      - Something must run this command at boot. A systemd unit of the role P(ebpf.xdp.xdp_program#role) does so.
      - With V(false), the monitor is no longer kept. It still counts until the next boot.
      - V(false), like O(state=absent), also removes the boot program, unless a kept set or metrics
        (O(ebpf.xdp.xdp_boot#module:metrics)) need it.
    type: bool
    default: true
  boot_directory:
    description:
      - The directory in which the monitor is kept for the next boot, the same as O(ebpf.xdp.xdp_boot#module:boot_directory).
    type: path
    default: /var/lib/ebpf-xdp
  executable:
    description:
      - Where the boot program is installed, the same as O(ebpf.xdp.xdp_boot#module:executable).
    type: path
    default: /usr/local/sbin/ebpf-xdp
seealso:
  - module: ebpf.xdp.xdp_boot
  - module: ebpf.xdp.xdp_stats
"""

EXAMPLES = r"""
- name: Count lost packets by reason
  ebpf.xdp.xdp_monitor:

- name: Stop counting
  ebpf.xdp.xdp_monitor:
    state: absent
"""

RETURN = r"""
path:
  description: The directory in which the links and maps of the monitor are pinned. Also returned if nothing is pinned there.
  returned: success
  type: str
  sample: /sys/fs/bpf/ansible/@monitor
tracepoints:
  description:
    - The tracepoints at which packets are counted after the run, sorted by name. Empty with O(state=absent).
    - A warning names each required tracepoint that the kernel lacks. The exception is C(xdp_redirect_map_err), because kernels without it
      report the same packets at C(xdp_redirect_err).
  returned: success
  type: list
  elements: str
  sample: [xdp_exception, xdp_redirect_err]
"""

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, monitor
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.uses import MONITOR
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs, host
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import places
from ansible_collections.ebpf.xdp.plugins.module_utils._module import BOOT_DIRECTORY, PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor import pins
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.places import path_of


def _work(module: XdpModule) -> "dict[str, Any]":
    host.require()
    options = module.params
    bpffs.require_absolute(options["pin_root"])
    places.require_directory("boot_directory", options["boot_directory"])
    places.require_file("executable", options["executable"])
    if options["state"] == "present":
        outcome = pins.ensure(options["pin_root"], options["redirects"], module.check_mode)
    else:
        outcome = pins.remove(options["pin_root"], module.check_mode)
    for name in outcome.missing:
        module.warn(f"This kernel has no tracepoint {name}, so packets that it would tell of are not counted")
    kept = None
    if options["state"] == "present" and options["boot"]:
        kept = monitor.Kept(options["pin_root"], options["redirects"]).content()
    files = Files(options["boot_directory"], options["executable"], module.check_mode, archive.build)
    files.keep(None, None, uses={MONITOR: kept})
    for warning in files.warnings:
        module.warn(warning)
    result: dict[str, Any] = {
        "changed": outcome.changed or files.changed,
        "path": path_of(options["pin_root"]),
        "tracepoints": outcome.after,
    }
    if module._diff:
        result["diff"] = {
            "before": {"tracepoints": outcome.before, **files.before},
            "after": {"tracepoints": outcome.after, **files.after},
        }
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "redirects": {"type": "bool", "default": False},
            "boot": {"type": "bool", "default": True},
            "boot_directory": BOOT_DIRECTORY,
            "executable": {"type": "path", "default": "/usr/local/sbin/ebpf-xdp"},
            "pin_root": PIN_ROOT,
        },
        supports_check_mode=True,
    )
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
