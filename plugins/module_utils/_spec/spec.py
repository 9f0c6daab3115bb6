# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Object specs: what a compiled XDP object is, as pure data.

No descriptor and no kernel object is in a spec; ``_load`` makes those. The
split is that of cilium/ebpf's ``CollectionSpec`` and ``Collection``.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

#: ``struct bpf_insn`` of include/uapi/linux/bpf.h: opcode, registers, offset, immediate.
INSTRUCTION = "BBhi"
INSTRUCTION_SIZE = 8

#: Opcode of the instruction that loads 64 bits and takes two places (BPF_LD | BPF_IMM | BPF_DW).
LD_IMM64 = 0x18
#: Opcode of a call (BPF_JMP | BPF_CALL).
CALL = 0x85

#: What the source register of LD_IMM64 says of its immediate: a map, a place in the value of one,
#: a function or variable of the kernel by its number in the kernel's BTF, or a function of the program itself.
PSEUDO_MAP_FD = 1
PSEUDO_MAP_VALUE = 2
PSEUDO_BTF_ID = 3
PSEUDO_FUNC = 4
#: The same for a call: a function of the program itself, or of the kernel.
PSEUDO_CALL = 1
PSEUDO_KFUNC_CALL = 2

#: Bytes of ``struct bpf_core_relo`` of the same header: where (bytes), type, access, kind.
CORE_RELOCATION = "4I"
CORE_RELOCATION_SIZE = 16
#: A kind that asks for the number of one of the object's own types (BPF_CORE_TYPE_ID_LOCAL of the same header).
CORE_TYPE_ID_LOCAL = 6

#: Map flags of include/uapi/linux/bpf.h: programs may only read it; user space may map it into memory.
F_RDONLY_PROG = 1 << 7
F_MMAPABLE = 1 << 10

#: A program flag of the same header (BPF_F_XDP_HAS_FRAGS): it can do with packets in several buffers.
F_XDP_HAS_FRAGS = 1 << 5

#: The types of maps that hold maps.
OF_MAPS = ("array_of_maps", "hash_of_maps")

#: Values of ``ProgramSpec.attach_type``; ``expected_attach_type`` of BPF_PROG_LOAD.
XDP = "xdp"
XDP_DEVMAP = "xdp_devmap"
XDP_CPUMAP = "xdp_cpumap"

#: The most instructions that any kernel takes (BPF_COMPLEXITY_LIMIT_INSNS, include/linux/bpf.h).
MOST_INSTRUCTIONS = 1_000_000

#: Bytes of one section of variables. The kernel allows some more (KMALLOC_MAX_SIZE and above, by version), but a
#: flipped bit must not ask for all memory.
MOST_VARIABLES = 32 << 20


def source_register(registers: int) -> int:
    """Which of an instruction's two registers is the source; bit fields lie as the byte order says."""
    return registers >> 4 if sys.byteorder == "little" else registers & 0xF


def destination_register(registers: int) -> int:
    """The other one."""
    return registers & 0xF if sys.byteorder == "little" else registers >> 4


def registers_of(destination: int, source: int) -> int:
    """Both of them in one byte."""
    return source << 4 | destination if sys.byteorder == "little" else destination << 4 | source


def with_source_register(registers: int, source: int) -> int:
    """The same two registers with another source."""
    return registers & 0xF | source << 4 if sys.byteorder == "little" else registers & 0xF0 | source


class InitialValue(NamedTuple):
    """What a map is filled with before the program runs: another map in a map of maps, a program in a ``prog_array``."""

    #: The entry's key, 32 bits.
    slot: int
    #: The name of a map or program of the same object.
    name: str


class KernelSetting(NamedTuple):
    """A variable whose value the running kernel decides: ``extern ... __kconfig`` in C."""

    #: ``CONFIG_...`` as in the kernel's configuration, ``LINUX_KERNEL_VERSION``, or another of libbpf's names
    #: (bpf_object__resolve_externs in libbpf.c).
    name: str
    #: Bytes, from the start of the map's value.
    offset: int
    size: int
    #: ``bool``, ``tristate``, ``char``, ``int`` or ``text``, by the type that it is declared with.
    kind: str
    signed: bool = False
    #: Whether it is zero where the kernel has no such setting; otherwise the program cannot be loaded there.
    weak: bool = False


class MapSpec(NamedTuple):
    """A map that an object declares. The names of fields are keys in the object's text, as in all classes here."""

    name: str
    #: bpftool's name of the type, such as ``percpu_array``.
    type: str
    #: Bytes.
    key_size: int
    value_size: int
    #: 0 where the kernel's own number is meant: the possible CPUs for ``perf_event_array``.
    max_entries: int
    #: BPF_F_* of include/uapi/linux/bpf.h.
    flags: int
    #: Types of the object's BTF; 0 where the map has none.
    btf_key_type_id: int = 0
    btf_value_type_id: int = 0
    #: What a type has of its own, such as a Bloom filter's number of hash functions (``map_extra``).
    extra: int = 0
    numa_node: int = 0
    #: For a program's variables, which are one value of an array: their first bytes, the others being
    #: zero. ``None`` for a map that the source declares as one.
    variables: bytes | None = None
    #: For a map of maps: what each of its entries is like. Its name is empty, and it has no template of its own.
    inner: MapSpec | None = None
    #: What it is filled with, by rising slot.
    values: tuple[InitialValue, ...] = ()
    #: For variables whose values the kernel decides.
    settings: tuple[KernelSetting, ...] = ()

    @property
    def is_constant(self) -> bool:
        """Whether it holds variables that nobody may change once the program is loaded."""
        return self.variables is not None and bool(self.flags & F_RDONLY_PROG)


class MapReference(NamedTuple):
    """An instruction that needs the descriptor of a map."""

    #: Index of the LD_IMM64 instruction, in units of 8 bytes.
    instruction: int
    map: str


class KernelReference(NamedTuple):
    """A function or variable of the kernel that a program uses: ``extern ... __ksym`` in C."""

    #: Index of the call or of the LD_IMM64 instruction, in units of 8 bytes.
    instruction: int
    name: str
    #: ``function``, ``variable``, or ``address`` for a symbol without a type, of /proc/kallsyms.
    kind: str
    #: Whether the program can do without it: then its address is zero where the kernel has none.
    weak: bool = False


class VariableSpec(NamedTuple):
    """A variable that may be set before the program is loaded."""

    name: str
    map: str
    #: Bytes, from the start of the map's value.
    offset: int
    size: int
    #: 0 when the object does not say.
    btf_type_id: int


class ProgramSpec(NamedTuple):
    """A program, linked and ready to be loaded, except for what only the running kernel knows."""

    name: str
    #: ``struct bpf_insn`` one after the other; map descriptors are zero.
    instructions: bytes
    #: Where a map's descriptor belongs.
    references: tuple[MapReference, ...]
    license: str
    #: BPF_F_* for loading, of include/uapi/linux/bpf.h.
    flags: int = 0
    #: ``struct bpf_func_info`` and ``struct bpf_line_info`` of the same header, one after the other.
    func_info: bytes = b""
    line_info: bytes = b""
    #: ``struct bpf_core_relo`` one after the other (CO-RE): what the running kernel's types decide. Places are in bytes
    #: from the program's start. The program must never be loaded without them, nor without the two above: the kernel
    #: takes it then, with wrong offsets.
    core_relocations: bytes = b""
    #: In the order of their instructions.
    kernel_references: tuple[KernelReference, ...] = ()
    #: What it is loaded for, as bpftool names it: ``xdp``, ``xdp_devmap`` or ``xdp_cpumap``.
    attach_type: str = XDP
    #: Whether it counts only when it is named: section ``?xdp``.
    on_request: bool = False
    #: Maps that belong to it although no instruction refers to them, such as ``.rodata`` with its metadata.
    bound_maps: tuple[str, ...] = ()
    #: The verdicts with which a packet is to go on to the program after it in a chain, by the section ``.xdp_run_config``
    #: of libxdp; ``None`` where it says nothing.
    proceed_on: tuple[str, ...] | None = None
    #: Whether the values of constants are put into its instructions when it is loaded (_fold). Its tag depends on them then,
    #: and is none that other loaders give the same object.
    fold_constants: bool = False


class LinkedMember(NamedTuple):
    """A program that has become a function of a chain (_chain)."""

    name: str
    #: Its program's name in its object.
    program: str
    proceed_on: tuple[str, ...]
    #: Digest of its object.
    object: str
    #: Index of its first instruction; those up to the next member's are its own.
    start: int
    #: Index of the instruction whose immediate is where its counters are; 0 where they are not counted.
    counter: int
    #: Whether it can do with packets in several buffers.
    frags: bool


class LeftOut(NamedTuple):
    """A program that the object has and that cannot be loaded as it is, or a map that cannot be made."""

    name: str
    why: str
    #: Whether it is meant for an interface: then it may be the wanted one where no program is named. One for
    #: another hook, such as tc or a devmap, never is.
    candidate: bool = False
    #: Whether it is a map. Programs that use it are left out, too.
    is_map: bool = False


class NamedCounters(NamedTuple):
    """Rows of a map that belong to names: whoever has a name keeps its row, in whichever place of the program it is.

    Which row that is, is decided when the object is loaded (_spec/count_for_names.py), and told to the program in variables.
    """

    #: The map with the rows.
    map: str
    #: By the place that each has in the program; a name that occurs twice has one row.
    names: tuple[str, ...]
    #: Where the numbers of the rows are, one byte for each place: the map with the variables, and bytes from the start of its value.
    variables: str
    offset: int
    #: The rows that can be given away: from the first one up to, and without, the last one.
    first: int
    end: int


class ObjectSpec(NamedTuple):
    """A compiled object: programs, maps, types and variables."""

    programs: tuple[ProgramSpec, ...]
    maps: tuple[MapSpec, ...]
    #: The BTF object that the type ids speak of; may be empty.
    btf: bytes = b""
    #: Digest of what it was made from; empty when that is not known.
    source: str = ""
    variables: tuple[VariableSpec, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    #: What the program ``chain`` is made of; empty for any other object.
    members: tuple[LinkedMember, ...] = ()
    #: What the counters of names are.
    counters: tuple[NamedCounters, ...] = ()

    @property
    def maps_of_filters(self) -> frozenset[str]:
        """Maps of the collection's filter, alone or in a chain: what they hold comes from its rules. Nothing else counts for names."""
        prefixes = tuple(each.map[: each.map.rfind(":") + 1] for each in self.counters)
        return frozenset(each.name for each in self.maps if each.name.startswith(prefixes))
