#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_compile
short_description: Compile an XDP program once, to load it anywhere
version_added: 0.1.0
description:
  - Compiles a C source, or reads an ELF object, and returns an I(object spec). M(ebpf.xdp.xdp_pin) loads the object spec without a
    compiler, on any host with the same byte order.
  - Use it to compile once for many hosts, or to review and sign what they load. Run it where a compiler is installed, which is
    typically the controller (C(delegate_to=localhost) and C(run_once=true)).
  - An object spec is plain data of a few kilobytes, with the instructions, the maps and their types.
  - bcc creates the maps of a program while it compiles, so it needs root. clang needs no privileges.
  - The same source and constants give the same object, byte for byte, as long as the compiler generates the same instructions.
  - Nothing stays loaded, and nothing is pinned or attached.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.action
  - ebpf.xdp.origin
  - ebpf.xdp.chain
  - ansible.builtin.files
attributes:
  action:
    support: partial
    details:
      - O(src) is read on the controller unless O(remote_src=true). ELF objects are always read on the controller.
  check_mode:
    support: full
    details:
      - Check mode compiles, but does not write O(dest).
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - Linux 5.10 or later, and root or the capabilities CAP_SYS_ADMIN and CAP_NET_ADMIN, to compile a source for bcc; nothing else needs them
  - bcc (C(python3-bpfcc)) and the headers of the kernel's user API (C(linux-libc-dev)) where the module runs, to compile a C source
  - clang (C(clang)) and libbpf's headers (C(libbpf-dev)) instead of bcc, for a C source in libbpf's style
options:
  dest:
    description:
      - The absolute path of a file to write the object to, on the host where the module runs. O(ebpf.xdp.xdp_pin#module:src) accepts
        this file.
      - Its directory must exist. The file is replaced in one step. If that is impossible, O(unsafe_writes=true) lets the module overwrite it.
    type: path
  signing_key:
    description:
      - An SSH key to sign the object with. This is a file on the controller, which is found in the same way as O(src). It contains either a
        private key, or a public key whose private key is in the agent that C(SSH_AUTH_SOCK) names.
      - The module never asks for a passphrase. A key that has one must be in the agent.
      - The controller signs what was compiled, wherever that was. Compile on the controller, or on a host that you trust as much.
      - The signature is not written next to O(dest). Use M(ansible.builtin.copy) to write RV(signature) to a file.
      - This is not possible in tasks with C(async).
    type: path
    version_added: 0.1.0
seealso:
  - module: ebpf.xdp.xdp_pin
"""

EXAMPLES = r"""
- name: Compile once, on the controller
  ebpf.xdp.xdp_compile:
    src: filter.c
    defines:
      BLOCKED_PORT: 7
  register: filter
  delegate_to: localhost
  run_once: true

- name: Pin everywhere, on hosts without a compiler
  ebpf.xdp.xdp_pin:
    name: filter
    object: "{{ filter.object }}"
    interfaces: [eth0]

- name: Write the object to a file, to review and deploy it later
  ebpf.xdp.xdp_compile:
    src: filter.c
    dest: /srv/xdp/filter.json
  delegate_to: localhost
  run_once: true

- name: Sign the object
  ebpf.xdp.xdp_compile:
    src: filter.c
    signing_key: id_release
  register: filter
  delegate_to: localhost
  run_once: true

- name: Pin it, if its signature is valid
  ebpf.xdp.xdp_pin:
    name: filter
    object: "{{ filter.object }}"
    signature: "{{ filter.signature }}"
    allowed_signers: allowed_signers
    interfaces: [eth0]
"""

RETURN = r"""
object:
  description: The object spec, for O(ebpf.xdp.xdp_pin#module:object).
  returned: success
  type: dict
  sample:
    format: ebpf.xdp object 1
    digest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
object_digest:
  description: SHA-256 of the object. This is also the checksum of the file O(dest).
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
signature:
  description:
    - The armoured SSH signature of the object by O(signing_key), for O(ebpf.xdp.xdp_pin#module:signature). It is also valid for the file
      O(dest).
  returned: when O(signing_key) is given
  type: str
  sample: "-----BEGIN SSH SIGNATURE-----..."
source_signature:
  description:
    - The same for the text of the C source with its quoted headers inserted. Use it in tasks that give the source as
      O(ebpf.xdp.xdp_pin#module:src).
  returned: when O(signing_key) is given and O(src) is a C source on the controller
  type: str
  sample: "-----BEGIN SSH SIGNATURE-----..."
signer:
  description:
    - Who signed O(src). The controller has verified the signature.
    - V(null) without O(signature).
  returned: success
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
source_digest:
  description:
    - SHA-256 of what the object was built from. This is a C source with its headers and O(defines), or an ELF object, together with
      O(constants) and O(map_options). For a chain, it covers all members.
    - It does not depend on the version of the compiler.
  returned: success
  type: str
  sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
programs:
  description: The programs of the object. O(ebpf.xdp.xdp_pin#module:program) selects one of them.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the program's function.
      type: str
      sample: xdp_stats_pass
    instructions:
      description: The number of instructions, including those of the functions that the program calls.
      type: int
      sample: 27
    maps:
      description: The names of the maps that the program uses, sorted.
      type: list
      elements: str
      sample: [xdp_counters]
left_out:
  description: The functions that cannot be loaded as programs for an interface, and the maps that cannot be created, with the reasons.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the function or map.
      type: str
      sample: ingress
    why:
      description: The reason why it was left out.
      type: str
      sample: it is in section tc, which is not for XDP programs
    candidate:
      description:
        - Whether the program is meant for an interface. It then counts as one of the programs, although it cannot be loaded. If the object
          has another one for an interface, O(ebpf.xdp.xdp_pin#module:program) must name the one to load.
      type: bool
      sample: false
    is_map:
      description: Whether this is a map. Programs that use such a map are left out as well, but no others.
      type: bool
      sample: false
  sample: []
maps:
  description: The maps of the object, including those that hold the variables of its programs.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the map.
      type: str
      sample: xdp_counters
    type:
      description: The type of the map, as bpftool names it.
      type: str
      sample: percpu_array
    key_size:
      description: The size of a key in bytes.
      type: int
      sample: 4
    value_size:
      description: The size of a value in bytes. For a per-CPU map, the size on one CPU.
      type: int
      sample: 16
    max_entries:
      description: The maximum number of entries; 0 if the host decides, such as by its number of CPUs for a C(perf_event_array).
      type: int
      sample: 5
    flags:
      description: The flags of the map (C(BPF_F_*) in the kernel), as a number.
      type: int
      sample: 0
constants:
  description: The names of the read-only variables that O(ebpf.xdp.xdp_pin#module:constants) can set.
  returned: success
  type: list
  elements: str
  sample: [blocked_port]
compiler:
  description: The compiler that compiled the C source in this run, with its version.
  returned: when something was compiled
  type: str
  sample: clang 19.1.7
dest:
  description: The path of the file that contains the object. In check mode, the file is not written.
  returned: when O(dest) is given
  type: str
  sample: /srv/xdp/filter.json
"""

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import places
from ansible_collections.ebpf.xdp.plugins.module_utils._disk.replace import replace
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._module import XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._parts import add_parts
from ansible_collections.ebpf.xdp.plugins.module_utils._process import signals
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import ARGUMENTS, asked_for
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec


def _spec(options: "dict[str, Any]", result: "dict[str, Any]") -> ObjectSpec:
    return asked_for(options, options["_object"], lambda compiler: result.update(compiler=compiler)).make()


def _described(spec: ObjectSpec) -> "dict[str, Any]":
    """What is of interest to a reader; the object itself is for the kernel."""
    shown = ("name", "type", "key_size", "value_size", "max_entries", "flags")
    return {
        "object_digest": spec_text.digest(spec),
        "source_digest": spec.source,
        "programs": [
            {
                "name": program.name,
                "instructions": len(program.instructions) // 8,
                "maps": sorted({reference.map for reference in program.references}),
            }
            for program in spec.programs
        ],
        "left_out": [left._asdict() for left in spec.left_out],
        "maps": [{field: getattr(map_spec, field) for field in shown} for map_spec in spec.maps],
        "constants": [variable.name for variable in spec.variables],
    }


def _before(path: str) -> "dict[str, Any]":
    """What the file says now; nothing where there is no such file, or something else in it."""
    try:
        return _described(spec_text.from_text(path, places.content("dest", path) or b""))
    except XdpError:
        return {}


def _write(module: XdpModule, path: str, text: str) -> bool:
    """Make the file say this, with the owner and mode that were asked for; whether that is a change."""
    attributes = module.load_file_common_arguments(module.params, path=path)
    changed = places.content("dest", path) != text.encode()
    if module.check_mode or not changed:
        return bool(module.set_fs_attributes_if_different(attributes, changed))

    def set_attributes(temporary: str) -> None:
        module.set_fs_attributes_if_different({**attributes, "path": temporary}, False)

    # A signal ends the run before this or after it, never while the new file still lacks its owner or mode.
    with signals.held_back():
        try:
            replace(path, text, set_attributes)
        except OSError as error:
            if not module.params["unsafe_writes"]:
                raise KernelError(f"Cannot write {path}", error.errno or 0) from error
            _overwrite(path, text)
            module.set_fs_attributes_if_different(attributes, True)
    return True


def _overwrite(path: str, text: str) -> None:
    """As O(unsafe_writes) says: in several steps, where a file can only be written to and not replaced."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise KernelError(f"Cannot write {path}", error.errno or 0) from error


def _work(module: XdpModule) -> "dict[str, Any]":
    add_parts(module.params["_parts"])
    options = module.params
    dest = options["dest"]
    if dest is not None:
        places.require_writable("dest", dest)
    result: dict[str, Any] = {"changed": False}
    # What is linked on the controller comes as _object, so that Ansible's own check would name that as well.
    if all(options[name] is None for name in ("src", "chain", "_object")):
        raise XdpError("There is nothing to compile. Give src or chain")
    spec = _spec(options, result)
    # The signer is as it came from the action plugin: a name and the fingerprint of a key.
    result.update(object=spec_text.to_json(spec), **_described(spec), signer=options["_signer"])
    if dest is not None:
        if module._diff:
            result["diff"] = {"before": _before(dest), "after": _described(spec)}
        result["dest"] = dest
        result["changed"] = _write(module, dest, spec_text.to_text(spec))
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "src": {"type": "path"},
            **ARGUMENTS,
            "dest": {"type": "path"},
            "signing_key": {"type": "path", "no_log": False},
        },
        supports_check_mode=True,
        add_file_common_args=True,
    )
    unpack(module.params)
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
