# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Where a program comes from, and what the action plugin makes of it.
    DOCUMENTATION = r"""
options:
  src:
    description:
      - "The program. It is a C source for bcc or in libbpf's style, an ELF object that clang or another compiler for BPF built, or a
        file that M(ebpf.xdp.xdp_compile) wrote. The module recognises it by its content."
      - It is found on the controller in the same way as O(ansible.builtin.copy#module:src) of M(ansible.builtin.copy), or else among
        the programs that come with this collection, such as V(xdp_stats.c).
      - Headers that a C source includes in quotes are sent with it. They are found next to the file that includes them, or else among
        those of this collection, such as C(xdp_stats.h). Headers in angle brackets are those of the host.
      - Sources in libbpf's style (C(SEC), C(bpf/bpf_helpers.h), C(vmlinux.h)) are compiled by clang. All others are compiled by bcc, and
        declare maps by its macros, such as C(BPF_PERCPU_ARRAY).
      - "If the source includes C(vmlinux.h), the file next to the source is used. If there is none, bpftool generates it from the
        types of the kernel on which the source is compiled."
      - C(docs/objects.md) of this collection describes what ELF objects may contain.
    type: path
  remote_src:
    description:
      - Whether O(src) is a file on the host rather than on the controller.
    type: bool
    default: false
  checksum:
    description:
      - The expected SHA-256 of the object, as V(sha256:) followed by 64 hexadecimal digits. If the object has another checksum, the task
        fails and changes nothing.
      - For a file, use the digits that C(sha256sum) prints before the file's name. For an object that M(ebpf.xdp.xdp_compile) returned, use its
        C(object_digest), which is also the checksum of the file that the module writes.
      - C sources cannot have a checksum, because their headers and the compiler matter as well.
    type: str
  compiler:
    description:
      - The compiler that a C source is written for. The source is compiled where the module runs. M(ebpf.xdp.xdp_compile) and
        M(ebpf.xdp.xdp_test) compile it in every run, other modules only if the host does not have the program yet.
      - V(auto) selects the compiler by the content of the source. It selects V(clang) for a source in libbpf's style, and V(bcc) for any
        other.
    type: str
    choices: [auto, bcc, clang]
    default: auto
  signature:
    description:
      - A detached SSH signature, as C(ssh-keygen -Y sign -n ebpf.xdp) makes it. Give the path of a file on the controller, which is found
        in the same way as O(src), or the signature itself, as M(ebpf.xdp.xdp_compile) returns it (C(signature)).
      - The controller verifies it against O(allowed_signers) before it sends anything to the host. If it is not valid, the task
        fails and nothing is changed.
      - For an ELF object, or a file that M(ebpf.xdp.xdp_compile) wrote, sign the bytes of the file, even with O(remote_src=true).
      - For an object that is passed as a value (C(object)), sign the file that M(ebpf.xdp.xdp_compile) writes.
      - For a C source, sign its text with all quoted headers inserted. M(ebpf.xdp.xdp_compile) makes this signature (C(source_signature)).
        C sources with O(remote_src=true) cannot be verified, so they are refused.
      - The signature does not cover O(constants) and O(defines), which belong to the playbook.
      - The controller needs C(ssh-keygen) of OpenSSH 8.2 or later.
    type: str
    version_added: 0.1.0
  allowed_signers:
    description:
      - Who may sign. This is a file on the controller in the format that ssh-keygen(1) describes under ALLOWED SIGNERS. Its options
        C(namespaces), C(valid-after), C(valid-before) and C(cert-authority) apply if the controller's C(ssh-keygen) supports them.
      - Required with O(signature).
    type: path
    version_added: 0.1.0
  signer:
    description:
      - Who must have signed, as a principal in O(allowed_signers).
      - By default, anybody in O(allowed_signers) may have signed. The signer is then the principal of the matching line, which
        may be a pattern.
    type: str
    version_added: 0.1.0
  revoked_keys:
    description:
      - Keys whose signatures are refused. This is a file on the controller, either a key revocation list made by C(ssh-keygen -k), or a
        list with one public key on each line.
    type: path
    version_added: 0.1.0
  defines:
    description:
      - Constants for the compiler, by name, like its option C(-D).
      - Booleans become 1 and 0. A value of V(null) defines the name without a value.
      - This applies to C sources only.
    type: dict
    default: {}
  compiler_cpu_seconds:
    description:
      - CPU time that the compiler may use, in seconds. Most programs need less than one second.
      - With V(0) there is no limit.
      - This applies to C sources only. The limits are not part of the program, so changing them is not an upgrade.
    type: int
    default: 60
  compiler_memory_mib:
    description:
      - Address space that the compiler may use, in MiB. The compiler needs 250 to 350 MiB for itself, and a few dozen MiB for a program.
      - With V(0) there is no limit.
    type: int
    default: 2048
  compiler_maps_mib:
    description:
      - Memory that all maps of the program together may use, in MiB, as the kernel accounts for it. bcc creates them while it compiles.
      - This has no effect with clang, which does not create maps.
      - With V(0) there is no limit.
    type: int
    default: 4096
  constants:
    description:
      - Values for the read-only variables (C(const volatile)) of an ELF object, or of a C source that clang compiles, by name.
      - They are set after compiling. A program with other values counts as another program, so if you change a value, the module upgrades
        the program.
      - A value is a number, a boolean, the name of an enumerator, a string for an array of C(char), a list for another array, or a
        dictionary for a structure. Members that a dictionary leaves out keep their values.
      - If the type consists of integers and has 4, 16 or 6 bytes, such as C(__u32), C(__u8[16]) or C(__u8[6]), the value may be an IPv4,
        IPv6 or MAC address as text. It is converted to its bytes in the order that they have in packets.
      - Numbers are in the host's byte order, except for variables of type C(__be16), C(__be32) and C(__be64), which are set in network
        byte order.
      - This does not apply to C sources that bcc compiles.
    type: dict
    default: {}
  map_options:
    description:
      - Properties of maps that override what the program declares. The keys are the names of the maps. Each value is a dictionary with
        C(max_entries), C(numa_node) or both.
      - C(max_entries) is the number of entries that the map can hold. For a ring buffer, it is its size in bytes, rounded up to a size that
        the host supports. It is required for maps that are declared without a size.
      - C(numa_node) is the NUMA node whose memory the map uses. Per-CPU maps cannot have one.
      - An object with other values counts as another object. A pinned map of another size does not fit it. See C(on_map_change) of
        M(ebpf.xdp.xdp_pin).
      - This does not apply to the program's variables.
    type: dict
    default: {}
  filter:
    description:
      - Rules instead of a program. The dictionary has the options of M(ebpf.xdp.xdp_filter) about packets, such as
        O(ebpf.xdp.xdp_filter#module:rules) and O(ebpf.xdp.xdp_filter#module:default_action). The program comes with the collection.
      - Use it instead of O(src) or C(object) and their options. M(ebpf.xdp.xdp_compile) does not accept it.
    type: dict
    version_added: 0.1.0
  xdp_internal:
    description:
      - For internal use. Only the collection sets it. A task that sets it fails.
    type: dict
"""

    # For modules that take an object spec as well, and need neither when the state is "absent".
    OBJECT = r"""
options:
  object:
    description:
      - The object to load, as M(ebpf.xdp.xdp_compile) returned it (C(object)).
      - The host needs no compiler for it.
      - A program comes from O(src) or O(object), or from other options of the module, such as C(chain).
    type: dict
"""
