#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_monitor
short_description: Count why packets were lost in XDP, without a process
version_added: 0.1.0
description:
  - Packets that a program aborts, whose verdict does not exist, or that cannot be redirected or sent back are lost without a trace. The kernel
    tells of each at a tracepoint. This module has small programs count there, by interface, program and reason.
  - The programs are held by links that are pinned in C(@monitor) below O(pin_root). Nothing stays running.
  - C(ebpf-xdp metrics), and with it the role P(ebpf.xdp.xdp_metrics#role), writes what they count as C(ebpf_xdp_exceptions_total).
  - Programs are made of what the kernel tells of its own structures, so that a host needs neither a compiler nor headers.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.pin_root
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - A kernel with BTF (CONFIG_DEBUG_INFO_BTF), as those of distributions have it
options:
  state:
    description:
      - Whether packets that are lost are counted. V(absent) forgets what was counted.
    type: str
    choices: [present, absent]
    default: present
  redirects:
    description:
      - Whether to count as well what is lost on the way to where it was redirected, in device and CPU maps.
      - The kernel tells of each bulk of packets there, lost or not, so that this costs redirected packets something.
    type: bool
    default: false
  boot:
    description:
      - Whether C(ebpf-xdp restore), which the role P(ebpf.xdp.xdp_program#role) has systemd run, brings it back at boot. The program is
        installed for that (M(ebpf.xdp.xdp_boot)).
    type: bool
    default: true
  directory:
    description:
      - Where that is kept, O(ebpf.xdp.xdp_boot#module:directory).
    type: path
    default: /var/lib/ebpf-xdp
  executable:
    description:
      - The program, O(ebpf.xdp.xdp_boot#module:executable).
    type: path
    default: /usr/local/sbin/ebpf-xdp
seealso:
  - module: ebpf.xdp.xdp_boot
  - module: ebpf.xdp.xdp_stats
"""

EXAMPLES = r"""
- name: Count why packets are lost
  ebpf.xdp.xdp_monitor:

- name: Count no more
  ebpf.xdp.xdp_monitor:
    state: absent
"""

RETURN = r"""
path:
  description: Where the links and maps are pinned.
  returned: success
  type: str
  sample: /sys/fs/bpf/ansible/@monitor
tracepoints:
  description:
    - The tracepoints of the kernel at which packets are counted. A warning names each that the kernel lacks.
    - C(xdp_redirect_map_err) is not missed, because kernels without it tell of the same packets at C(xdp_redirect_err).
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
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import places
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpffs, host
from ansible_collections.ebpf.xdp.plugins.module_utils._module import BOOT_DIRECTORY, PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor import pins
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.places import path_of


def _work(module: XdpModule) -> "dict[str, Any]":
    host.require()
    options = module.params
    bpffs.require_absolute(options["pin_root"])
    places.require_directory("directory", options["directory"])
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
    files = Files(options["directory"], options["executable"], module.check_mode, archive.build)
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
            "directory": BOOT_DIRECTORY,
            "executable": {"type": "path", "default": "/usr/local/sbin/ebpf-xdp"},
            "pin_root": PIN_ROOT,
        },
        supports_check_mode=True,
    )
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
