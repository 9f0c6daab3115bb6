#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_boot
short_description: Keep an XDP program on the host's disk, to bring it back after a reboot
version_added: 0.1.0
description:
  - Writes a pin set and its object to the host's disk, and installs a program (O(executable)) that restores all kept sets after a boot.
  - The BPF file system is empty after a boot, so use this module after M(ebpf.xdp.xdp_pin), with the same options for the program, its
    interfaces and the contents of its maps. It lacks the options about how a change is made, such as
    O(ebpf.xdp.xdp_pin#module:on_map_change) or O(ebpf.xdp.xdp_pin#module:tests). The role
    P(ebpf.xdp.xdp_program#role) does both, and has systemd run the program. This module itself starts nothing at boot.
  - In the kernel, the module changes nothing, except that it cleans up a trial of the set that is over
    (O(ebpf.xdp.xdp_pin#module:confirm_timeout)). It fails while a trial is pending, and refuses to keep an object whose trial expired or
    was rolled back.
  - The program is a single file that needs only Python's standard library, and pyroute2 for sets with O(attach=netlink). It needs neither
    a controller nor a compiler, and does not stay running. C(ebpf-xdp status) lists what is missing, different or superfluous.
    C(ebpf-xdp restore) restores the kept sets.
  - If an interface is missing at boot, run C(ebpf-xdp restore --interface) when it appears, as the role does with a udev rule. This
    attaches the program that is in force by then, and adds the entries of device maps that wait for the interface. If nothing of the set
    is in force, the whole set is restored. It works for primary names only. Altnames are resolved
    when the module runs. An altname that no interface has is refused if it has more than 15 bytes.
  - Concurrent runs wait for each other. A run that fails undoes its changes. If a run is killed, the next one completes its work.
  - The contents of maps (O(contents)) are kept with the object, and written to the maps before the program is attached. The declared
    entries are merged into those that are already kept of the map, or replace them with O(contents[].exclusive=true). What is kept of
    other maps stays, unless the new object lacks the map or the set borrows it (O(reuse_maps)). A set whose contents are lost or damaged
    is not restored.
  - The signer of a program (O(signature)) is kept with it, and is in the set's record again after a boot. The signature itself is
    verified only on the controller, when the set is kept.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
  - ebpf.xdp.attributes.action
  - ebpf.xdp.attributes.group
  - ebpf.xdp.attachment
  - ebpf.xdp.contents.list
  - ebpf.xdp.origin
  - ebpf.xdp.chain
  - ebpf.xdp.origin.object
  - ebpf.xdp.pin_root
attributes:
  action:
    support: partial
    details:
      - O(src) is read on the controller unless O(remote_src=true). ELF objects are always read on the controller.
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - bcc (C(python3-bpfcc)) and the headers of the kernel's user API (C(linux-libc-dev)) on the host, to compile a C source
  - clang (C(clang)) and libbpf's headers (C(libbpf-dev)) instead of bcc, for a C source in libbpf's style
options:
  name:
    description:
      - The name of the pin set, as in O(ebpf.xdp.xdp_pin#module:name).
      - Required unless O(metrics) is given.
    type: str
  metrics:
    description:
      - Whether to keep the program installed for C(ebpf-xdp metrics), even if no set is kept. V(false) no longer keeps it for that.
      - This cannot be combined with O(name). The role P(ebpf.xdp.xdp_metrics#role) sets it, and has a timer run the program.
    type: bool
  state:
    description:
      - V(present) keeps the set on disk, as the other options declare it.
      - V(absent) removes it from the disk. With the last set, the program is removed as well, unless O(metrics) or
        M(ebpf.xdp.xdp_monitor) needs it. O(boot_directory) is then removed too, if nothing else is in it.
    type: str
    choices: [present, absent]
    default: present
  netns:
    description:
      - The name of the network namespace of the interfaces, as C(ip netns) lists it. The namespace need not exist yet.
      - Such a set is restored by C(ebpf-xdp restore --netns NAME) or C(ebpf-xdp restore --all-netns). The role
        P(ebpf.xdp.xdp_program#role) installs a unit that runs the latter when a namespace appears. Without the role, whatever creates the
        namespace must run one of the two. A plain C(restore) skips the set, and says so.
      - A path, as in O(ebpf.xdp.xdp_pin#module:netns), is refused. Only namespaces with a name can be found again after a boot.
    type: str
  boot_directory:
    description:
      - The directory in which the sets are kept, one file for each set.
      - Only root can read it. Files that root does not own, or that others can write to, are not loaded. If another user could replace
        the directory, no file is loaded.
      - Its subdirectory C(interfaces/) is for a udev rule. It has an empty file for each interface that a set is attached to, or that
        entries of a devmap name. Sets with O(netns) are left out.
      - Its subdirectory C(contents/) has the contents of maps.
    type: path
    default: /var/lib/ebpf-xdp
  executable:
    description:
      - The path at which the program is installed.
      - If there is another file at this path, or the program of a later version of the collection, the module fails and does not
        replace it.
    type: path
    default: /usr/local/sbin/ebpf-xdp
seealso:
  - module: ebpf.xdp.xdp_pin
"""

EXAMPLES = r"""
- name: Count what arrives
  ebpf.xdp.xdp_pin: &edge
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]

- name: Keep it on disk, so that "ebpf-xdp restore" brings it back after a boot
  ebpf.xdp.xdp_boot: *edge

- name: Keep entries of a map as well, which are restored before the program is attached
  ebpf.xdp.xdp_boot:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]
    contents:
      - map: xdp_counters
        entries:
          - key: 2
            value: {ifindex: 2, verdicts: "{{ [{'packets': 0, 'bytes': 0}] * 6 }}"}

- name: Install the program for metrics, even if no set is kept
  ebpf.xdp.xdp_boot:
    metrics: true

- name: Find out whether the sets in force differ from the kept ones
  ansible.builtin.command: /usr/local/sbin/ebpf-xdp status --json
  changed_when: false
  failed_when: false
  register: status
"""

RETURN = r"""
path:
  description: The file in which the set is kept, or was kept before O(state=absent); V(null) without O(name).
  returned: success
  type: str
  sample: /var/lib/ebpf-xdp/edge.json
executable:
  description: The path of the program that restores the sets.
  returned: success
  type: str
  sample: /usr/local/sbin/ebpf-xdp
object_digest:
  description: SHA-256 of the object, as in RV(ebpf.xdp.xdp_compile#module:object_digest).
  returned: O(name) is given, with O(state=present)
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
compiler:
  description: The compiler that compiled the C source in this run, with its version.
  returned: when something was compiled
  type: str
  sample: clang 19.1.7
signer:
  description:
    - Who signed the object or the source. The controller has verified the signature.
    - V(null) without O(signature).
  returned: O(name) is given, with O(state=present)
  type: dict
  contains:
    name:
      description: The principal of the signer. This is O(signer) if given, and otherwise the one found in O(allowed_signers).
      type: str
      sample: release@example.org
    key:
      description: The fingerprint of the signer's key.
      type: str
      sample: SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k
contents:
  description: The maps of the set whose contents are kept after the run, sorted by name. Empty if no contents are kept.
  returned: O(name) is given, with O(state=present)
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
sets:
  description: The names of all sets that are kept in O(boot_directory) after the run, sorted.
  returned: success
  type: list
  elements: str
  sample: [edge]
namespaces:
  description: The name of the network namespace (O(netns)) of each of RV(sets) that is kept for one, by the name of the set.
  returned: success
  type: dict
  sample: {edge: blue}
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, contents, saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.uses import METRICS
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import CONTENTS, take
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import places
from ansible_collections.ebpf.xdp.plugins.module_utils._end_trial import end_trial
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.rolled_back import refuse_rolled_back
from ansible_collections.ebpf.xdp.plugins.module_utils._module import (
    BOOT_DIRECTORY,
    PIN_ROOT,
    XdpModule,
    run,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter_named
from ansible_collections.ebpf.xdp.plugins.module_utils._network import interface_names, netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._parts import add_parts
from ansible_collections.ebpf.xdp.plugins.module_utils._record import reuse_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout, is_interface_name, kept_path
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import shown, signer_of
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import ARGUMENTS, asked_for, program_of
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import choose
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction import teams

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted


def _kept(options: "dict[str, Any]") -> "SavedSet | None":
    """What is kept of the set now; nothing where that is damaged."""
    try:
        return saved.read(options["boot_directory"], options["name"])
    except XdpError:
        return None


def _object(options: "dict[str, Any]", result: "dict[str, Any]") -> ObjectSpec:
    origin = asked_for(options, options["object"], lambda compiler: result.update(compiler=compiler))
    if origin.object is None:
        kept = _kept(options)
        if kept is not None and kept.object.source == origin.source:
            return kept.object
    return origin.make()


def _interfaces(names: "list[str] | None") -> "tuple[str, ...] | None":
    """Each interface once, by its primary name; one that is not there yet by the name that was given."""
    if not names:
        return None if names is None else ()
    there = netlink.interfaces()
    found = []
    for name in names:
        interface = netlink.find(name, there)
        if interface is None and (not is_interface_name(name) or interface_names.doubt(name)):
            raise interface_names.unusable(name)
        found.append(interface.name if interface else name)
    return tuple(dict.fromkeys(found))


def _wanted(options: "dict[str, Any]", result: "dict[str, Any]") -> SavedSet:
    interfaces = _interfaces(options["interfaces"])
    spec = _object(options, result)
    reused = reuse_maps.references(options["reuse_maps"])
    reuse_maps.wanted(options["pin_root"], options["name"], reused)
    team = team_of(spec, choose(spec, program_of(options)), options["helpers"])
    teams.check(spec, team, "all", interfaces)
    return SavedSet(
        options["name"],
        options["pin_root"],
        spec,
        program_of(options),
        interfaces,
        options["mode"],
        options["attach"],
        signer_of(options["_signer"]),
        reused,
        team.named,
        netns=options["netns"],
    )


def _keep(
    module: XdpModule, wanted: "SavedSet | None", declared: "Sequence[Wanted]", result: "dict[str, Any]"
) -> "tuple[Files, list[str]]":
    """Make the files what they should be, and say what was found on the way."""
    options = module.params

    def files() -> Files:
        return Files(options["boot_directory"], options["executable"], module.check_mode, archive.build)

    if wanted is not None:
        whole, made, warnings = contents.keep_set(files, options["boot_directory"], wanted, declared)
        result["contents"] = [
            {"map": each.map, "digest": each.digest, "entries": each.entries} for each in whole.contents
        ]
        return made, warnings
    made = files()
    made.keep(options["name"], None)
    return made, made.warnings


#: Options about a pin set, beside where its program comes from.
_OF_SETS = ("program", "interfaces", "netns", "helpers", "reuse_maps", "contents")


def _work(module: XdpModule) -> "dict[str, Any]":
    add_parts(module.params["_parts"])
    options = module.params
    bpffs.require_absolute(options["pin_root"])
    places.require_directory("boot_directory", options["boot_directory"])
    places.require_file("executable", options["executable"])
    enter_named(options)
    result: dict[str, Any] = {"path": None, "executable": options["executable"]}
    given = [option for option in ("src", "object", "chain") if options[option] is not None]
    if options["name"] is None:
        of_set = [*given, *(option for option in _OF_SETS if options[option] not in (None, [], {}))]
        if options["state"] == "absent":
            of_set.append("state: absent")
        if of_set:
            raise XdpError(f"{of_set[0]}: Give name as well, the pin set that it is about. Nothing was changed")
        files = Files(options["boot_directory"], options["executable"], module.check_mode, archive.build)
        files.keep(None, None, uses={METRICS: b"" if options["metrics"] else None})
        return _told(module, files, files.warnings, result)
    if options["state"] == "present" and not given:
        raise XdpError("Give what to keep (src, object or chain), or state: absent. Nothing was changed")
    if options["metrics"] is not None:
        raise XdpError("metrics: Leave name out, and keep the pin set in a task of its own. Nothing was changed")
    result["path"] = kept_path(options["boot_directory"], options["name"])
    # First, because the host may lack the entries, and the object is not to be compiled twice.
    set_path = os.path.join(options["pin_root"], options["name"])
    if options["state"] == "present":
        _check_vlan_rules(module)
    end_trial(module, set_path)
    declared = take(options["contents"], options["boot_directory"]) if options["state"] == "present" else []
    wanted = _wanted(options, result) if options["state"] == "present" else None
    if wanted and os.path.lexists(os.path.join(set_path, "record")):
        chosen = choose(wanted.object, wanted.program)
        refuse_rolled_back(Layout(options["pin_root"], options["name"]), spec_text.digest(wanted.object), chosen)
    files, warnings = _keep(module, wanted, declared, result)
    if wanted and wanted.interfaces is None:
        module.warn(
            f"interfaces was not given, so the pin set {wanted.name} comes back at boot attached to no interface. "
            f"Set interfaces, or interfaces: [] if this is intended"
        )
    if wanted:
        result["object_digest"] = spec_text.digest(wanted.object)
        result["signer"] = shown(wanted.signer)
    return _told(module, files, warnings, result)


def _check_vlan_rules(module: XdpModule) -> None:
    """As xdp_pin does: tags that are gone today are gone after a reboot."""
    rules, interfaces = module.params["_vlan_rules"], module.params["interfaces"]
    if rules and interfaces:
        from ansible_collections.ebpf.xdp.plugins.module_utils._preflight import vlan_rules

        for warning in vlan_rules.check(rules, interfaces, module.params["mode"]):
            module.warn(warning)


def _told(module: XdpModule, files: Files, warnings: "Sequence[str]", result: "dict[str, Any]") -> "dict[str, Any]":
    """The result, with what became of the files."""
    result.update(changed=files.changed, sets=files.names, namespaces=files.netns)
    for warning in warnings:
        module.warn(warning)
    if module._diff:
        result["diff"] = {"before": files.before, "after": files.after}
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "name": {"type": "str"},
            "metrics": {"type": "bool"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "src": {"type": "path"},
            **ARGUMENTS,
            "object": {"type": "dict"},
            "program": {"type": "str"},
            "interfaces": {"type": "list", "elements": "str"},
            "mode": {"type": "str", "choices": ["auto", "native", "generic", "offload"], "default": "auto"},
            "attach": {"type": "str", "choices": ["auto", "link", "netlink"], "default": "auto"},
            "reuse_maps": {"type": "dict", "default": {}},
            "helpers": {"type": "list", "elements": "str", "default": []},
            "contents": CONTENTS,
            "pin_root": PIN_ROOT,
            "netns": NETNS,
            "boot_directory": BOOT_DIRECTORY,
            "executable": {"type": "path", "default": "/usr/local/sbin/ebpf-xdp"},
        },
        required_one_of=[("name", "metrics")],
        supports_check_mode=True,
    )
    unpack(module.params)
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
