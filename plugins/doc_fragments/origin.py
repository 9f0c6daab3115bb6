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
      - "The program: a C source for bcc or in libbpf's style, an ELF object built by clang or another compiler for BPF, or a
        file written by M(ebpf.xdp.xdp_compile). The content tells which of them it is."
      - It is looked for on the controller as M(ansible.builtin.copy) looks for its O(ansible.builtin.copy#module:src), then
        among the programs that come with this collection, such as V(xdp_stats.c).
      - Headers that a C source includes in quotes travel with it. They are looked for next to the file that includes them,
        then among those of this collection, such as C(xdp_stats.h). Headers in angle brackets are those of the host.
      - "Sources in libbpf's style (C(SEC), C(bpf/bpf_helpers.h), C(vmlinux.h)) are compiled by clang. In all others, which bcc
        compiles, maps are declared by bcc's macros, such as C(BPF_PERCPU_ARRAY)."
      - "If the source includes C(vmlinux.h), that is taken from beside the source. If there is none, it is made of the types of
        the kernel that runs where the source is compiled, which takes bpftool."
      - What ELF objects may have is described in C(docs/objects.md) of this collection.
    type: path
  remote_src:
    description:
      - Whether O(src) is a file on the host rather than on the controller.
    type: bool
    default: false
  checksum:
    description:
      - V(sha256:) and 64 hexadecimal digits. An object with another checksum is refused, and nothing is changed.
      - For a file, what C(sha256sum) prints of it; for O(ebpf.xdp.xdp_pin#module:object), its RV(ebpf.xdp.xdp_compile#module:object_digest). C(sha256sum)
        of the file that M(ebpf.xdp.xdp_compile) writes is the same.
      - Not for C sources, of which headers and the compiler count as well.
    type: str
  compiler:
    description:
      - Which compiler a C source is for. Programs are compiled where the module runs, and only when the host does not have them.
      - V(auto) selects V(clang) for a source in libbpf's style, by its content, and V(bcc) for any other.
    type: str
    choices: [auto, bcc, clang]
    default: auto
  signature:
    description:
      - A detached SSH signature, as C(ssh-keygen -Y sign -n ebpf.xdp) makes it. It is the path of a file on the controller, which is
        found as O(src) is, or the signature itself, as M(ebpf.xdp.xdp_compile) returns it (RV(ebpf.xdp.xdp_compile#module:signature)).
      - The controller verifies it against O(allowed_signers) before it sends anything to the host. If it is not valid, the task
        fails and nothing is changed.
      - It is a signature of the file's bytes for an ELF object or an object spec, even with O(remote_src=true); of what
        M(ebpf.xdp.xdp_compile) writes to a file for O(ebpf.xdp.xdp_pin#module:object); and of the text with all quoted headers in
        place for a C source (RV(ebpf.xdp.xdp_compile#module:source_signature)). C sources with O(remote_src=true) are refused.
      - O(constants) and O(defines) are not covered by it. They are the playbook's.
      - The controller needs C(ssh-keygen) of OpenSSH 8.2 or later.
    type: str
    version_added: 0.1.0
  allowed_signers:
    description:
      - Who may sign, a file on the controller in the format that ssh-keygen(1) describes under ALLOWED SIGNERS. Its options
        C(namespaces), C(valid-after), C(valid-before) and C(cert-authority) count as far as the controller's C(ssh-keygen) knows them.
      - Required with O(signature).
    type: path
    version_added: 0.1.0
  signer:
    description:
      - Whose signature it has to be, by the principal in O(allowed_signers).
      - Without it, the signature may be anybody's in O(allowed_signers). The principal of the matching line is then the signer, which
        is a pattern if that line has one.
    type: str
    version_added: 0.1.0
  revoked_keys:
    description:
      - Keys whose signatures are refused, a file on the controller. It is a key revocation list, as C(ssh-keygen -k) makes it, or has
        one public key on each line.
    type: path
    version_added: 0.1.0
  defines:
    description:
      - Constants for the compiler, by name, as C(-D) gives them.
      - Booleans become 1 and 0. A value of V(null) defines the bare name.
      - For C sources.
    type: dict
    default: {}
  compiler_cpu_seconds:
    description:
      - Seconds of CPU time that the compiler may take. Most programs take less than one.
      - With V(0) there is no limit.
      - For C sources. The limits are not part of the program, so that changing them compiles nothing.
    type: int
    default: 60
  compiler_memory_mib:
    description:
      - MiB of address space that the compiler may take. It needs 250 to 350 for itself, and a few dozen for a program.
      - With V(0) there is no limit.
    type: int
    default: 2048
  compiler_maps_mib:
    description:
      - MiB of memory that the maps of the program may take together, by the kernel's own account. bcc makes them while compiling.
      - Without effect with clang, which makes none.
      - With V(0) there is no limit.
    type: int
    default: 4096
  constants:
    description:
      - Values for the read-only variables (C(const volatile)) of an ELF object, or of a C source that clang compiles, by name.
      - They are set after compiling. With other values the program is another one, and is upgraded.
      - A number, a boolean, an enumerator's name, a text for an array of C(char), a list for another array, or a dictionary
        for a structure, of which members that are left out stay as they are.
      - "An IPv4, IPv6 or MAC address as text becomes its bytes in the order of packets, where the type has 4, 16 or 6 bytes of
        integers, such as C(__u32), C(__u8[16]) or C(__u8[6])."
      - Numbers are in the host's byte order, except for variables of type C(__be16), C(__be32) and C(__be64), which get
        them in network byte order.
      - Not for C sources that bcc compiles.
    type: dict
    default: {}
  map_options:
    description:
      - What you decide of the maps in place of the program, by the name of the map. Each is a dictionary of C(max_entries)
        and C(numa_node), and what it leaves out stays as the program declares it.
      - C(max_entries) is how many entries the map can have, or the bytes of a ring buffer, which are rounded up to what the
        host takes. It is needed for maps that are declared without a size.
      - C(numa_node) is the NUMA node whose memory the map takes. Per-CPU maps have none.
      - With other values the object is another one. A pinned map of another size does not fit it; see
        O(ebpf.xdp.xdp_pin#module:on_map_change).
      - Not for the program's variables.
    type: dict
    default: {}
  filter:
    description:
      - Rules instead of a program, as M(ebpf.xdp.xdp_filter) takes them. The dictionary has its options O(ebpf.xdp.xdp_filter#module:rules),
        O(ebpf.xdp.xdp_filter#module:default_action) and the others about packets. The program is the collection's own.
      - Give it instead of O(src), O(ebpf.xdp.xdp_pin#module:object) and what goes with them. M(ebpf.xdp.xdp_compile) does not take it.
    type: dict
    version_added: 0.1.0
"""

    # For modules that take an object spec as well, and need neither when the state is "absent".
    OBJECT = r"""
options:
  object:
    description:
      - The object to load, as M(ebpf.xdp.xdp_compile) returned it (RV(ebpf.xdp.xdp_compile#module:object)).
      - The host needs no compiler for it.
      - One of O(src) and O(object) is required, except with C(state=absent).
    type: dict
"""
