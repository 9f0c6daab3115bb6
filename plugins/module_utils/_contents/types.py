# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the keys and values of one map are."""

from __future__ import annotations

import hashlib
import socket
import sys
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host, info
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.build import Builder
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.decode import Data, Decoder
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.members import FORMAT
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ObjectSpec

#: Maps whose keys are numbers of 32 bits: places, or interface indexes (``*_alloc_check`` in kernel/bpf).
_NUMBERED = frozenset(
    (
        "array",
        "percpu_array",
        "prog_array",
        "perf_event_array",
        "cgroup_array",
        "array_of_maps",
        "devmap",
        "devmap_hash",
        "cpumap",
        "xskmap",
        "sockmap",
        "reuseport_sockarray",
        "stack_trace",
    )
)

#: What user space reads of values that are objects of the kernel: an id, or ``struct bpf_devmap_val`` and
#: ``bpf_cpumap_val`` of include/uapi/linux/bpf.h, whose second half came with Linux 5.8 and 5.9.
_VALUES = {
    "devmap": ("ifindex", "program"),
    "devmap_hash": ("ifindex", "program"),
    "cpumap": ("qsize", "program"),
    **dict.fromkeys(
        ("prog_array", "array_of_maps", "hash_of_maps", "perf_event_array", "cgroup_array", "xskmap"), ("id",)
    ),
}

#: Bytes of the number of bits that a key of an LPM trie begins with (struct bpf_lpm_trie_key).
LENGTH_SIZE = 4

#: Sizes of a trie's addresses.
_FAMILIES = {4: socket.AF_INET, 16: socket.AF_INET6}

Decode = Callable[[Data], Any]


class Side(NamedTuple):
    """The type of keys or of values."""

    btf: Btf
    id: int
    #: Bytes.
    size: int
    #: Whether BTF, an option or the kind of map says what it is; otherwise it is a number, an address, or plain bytes.
    known: bool = True


class MapTypes:
    """The types of a map, whether it is in the kernel or only in a spec.

    Options win over BTF. Without either, some kinds of maps have types of their own.
    """

    def __init__(
        self,
        map_type: str,
        key_size: int,
        value_size: int,
        btf: Btf | None = None,
        key_id: int = 0,
        value_id: int = 0,
        key_type: Any = None,
        value_type: Any = None,
        cpus: int | None = None,
    ) -> None:
        """``map_type`` as bpftool names it; sizes in bytes, of one CPU's value. ``cpus`` are the possible ones, by default
        this host's. Raises ``XdpError`` where an option does not fit."""
        self.map_type = map_type
        self.key_size = key_size
        self.value_size = value_size
        self.is_per_cpu = "percpu" in map_type
        self.is_lpm = map_type == "lpm_trie" and key_size > LENGTH_SIZE
        #: Values that each entry has: of a per-CPU map one for each possible CPU, otherwise 1.
        self.cpus = (len(host.possible_cpus()) if cpus is None else cpus) if self.is_per_cpu else 1
        #: Bytes from the start of one CPU's value to that of the next, and of all of them (``value_length`` in
        #: ``_bpf.map_entries``).
        self.stride = (value_size + 7) & ~7 if self.is_per_cpu else value_size
        self.value_length = self.stride * self.cpus
        #: Why types that the map has are not used: damaged, or newer than this collection. Worth a warning.
        self.problems: list[str] = []
        #: Bytes of a trie's addresses where keys are prefixes such as ``10.0.0.0/8``; otherwise 0.
        self.prefix = self._prefix(key_type)
        self.key = self._key(btf, key_id, key_type)
        self.value = self._value(btf, value_id, value_type)
        #: Make JSON's data of one entry's bytes. Of a per-CPU map a value is a list, one for each possible CPU.
        self.decode_key: Decode = self._key_decoder()
        self.decode_value: Decode = self._value_decoder()
        self._signature: tuple[Any, ...] | None = None
        #: What a map in the kernel has its types from: ids of the BTF and of both types, and the options.
        self._source: tuple[Any, ...] | None = None

    @classmethod
    def of_kernel(cls, map_info: MapInfo, key_type: Any = None, value_type: Any = None) -> MapTypes:
        """Of a map that is in the kernel."""
        blob = (
            info.btf_blob(map_info.btf_id)
            if map_info.btf_id and (map_info.btf_key_type_id or map_info.btf_value_type_id)
            else b""
        )
        btf, problems = _read(blob, "map")
        types = cls._of(map_info, btf, problems, key_type, value_type)
        types._source = map_info.btf_id, map_info.btf_key_type_id, map_info.btf_value_type_id, key_type, value_type
        return types

    @classmethod
    def of_spec(
        cls, spec: ObjectSpec, map_spec: MapSpec, key_type: Any = None, value_type: Any = None, btf: Btf | None = None
    ) -> MapTypes:
        """Of a map that an object declares; ``btf`` is the object's where it has been read before."""
        problems: list[str] = []
        if btf is None:
            btf, problems = _read(spec.btf, "object")
        return cls._of(map_spec, btf, problems, key_type, value_type)

    @classmethod
    def _of(
        cls, bpf_map: MapInfo | MapSpec, btf: Btf | None, problems: list[str], key_type: Any, value_type: Any
    ) -> MapTypes:
        ids = bpf_map.btf_key_type_id, bpf_map.btf_value_type_id
        types = cls(bpf_map.type, bpf_map.key_size, bpf_map.value_size, btf, *ids, key_type, value_type)
        types.problems = problems + types.problems
        return types

    @property
    def signature(self) -> tuple[Any, ...]:
        """Equal for maps whose entries are encoded to the same bytes, whichever object their types come from.

        The other way round it may differ: by names, or by types that pointers lead to.
        """
        if self._signature is None:
            self._signature = (*self._shape, _digest(self.key), _digest(self.value))
        return self._signature

    @property
    def _shape(self) -> tuple[Any, ...]:
        """The part of it that takes no time."""
        return self.map_type, self.key_size, self.value_size, self.cpus, self.prefix

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MapTypes) or self._shape != other._shape:
            return False
        if self._source is not None and self._source == other._source:
            return True  # the same map, looked at twice
        return self.signature == other.signature

    def __hash__(self) -> int:
        return hash(self._shape)

    def _prefix(self, key_type: Any) -> int:
        size = self.key_size - LENGTH_SIZE
        if not self.is_lpm or size not in _FAMILIES:
            return 0
        return size if key_type in (None, {4: "ipv4", 16: "ipv6"}[size]) else 0

    def _key(self, btf: Btf | None, type_id: int, option: Any) -> Side:
        builder = Builder()
        # The option says of prefixes only what they are already.
        if option is not None and not self.prefix:
            # Imported here, not at the top: few runs have such an option.
            from ansible_collections.ebpf.xdp.plugins.module_utils._contents import type_options

            make = type_options.lpm_key if self.is_lpm else type_options.whole
            made = make(builder, option, "key_type", self.key_size)
            return Side(builder.btf(), made, self.key_size)
        found = self._declared(btf, type_id, self.key_size, "keys")
        if found is not None:
            return found
        if self.map_type in _NUMBERED and self.key_size == 4:
            made = builder.integer("unsigned int", 4)
            return Side(builder.btf(), made, self.key_size)
        if not self.is_lpm:
            return _untyped(self.key_size)
        data = _raw(builder, self.key_size - LENGTH_SIZE)
        length = builder.integer("unsigned int", LENGTH_SIZE)
        made = builder.structure(self.key_size, [("prefixlen", length, 0), ("data", data, LENGTH_SIZE)])
        return Side(builder.btf(), made, self.key_size, known=bool(self.prefix))

    def _value(self, btf: Btf | None, type_id: int, option: Any) -> Side:
        builder = Builder()
        if option is not None:
            from ansible_collections.ebpf.xdp.plugins.module_utils._contents import type_options

            made = type_options.whole(builder, option, "value_type", self.value_size)
            return Side(builder.btf(), made, self.value_size)
        names = _VALUES.get(self.map_type, ())
        if names and self.value_size in (4, 4 * len(names)):
            made = number = builder.integer("unsigned int", 4)
            if self.value_size > 4:
                made = builder.structure(
                    self.value_size, [(name, number, 4 * place) for place, name in enumerate(names)]
                )
            return Side(builder.btf(), made, self.value_size)
        found = self._declared(btf, type_id, self.value_size, "values")
        return _untyped(self.value_size) if found is None else found

    def _declared(self, btf: Btf | None, type_id: int, size: int, what: str) -> Side | None:
        """By BTF, if there is any that can be used."""
        if btf is None or not type_id:
            return None
        try:
            if btf.size(type_id) != size:
                raise Malformed(f"they take {btf.size(type_id)} bytes, and the map has {size}")
            Decoder(btf).reader(type_id)
            return Side(btf, type_id, size)
        except Malformed as error:
            self.problems.append(f"the types of its {what} cannot be used: {error}")
            return None

    def _key_decoder(self) -> Decode:
        if self.prefix:
            return _prefix_decoder(self.prefix)
        return _decoder(self.key)

    def _value_decoder(self) -> Decode:
        if not self.is_per_cpu:
            return _decoder(self.value)
        read = Decoder(self.value.btf).reader(self.value.id)
        places = range(0, self.value_length, self.stride) if self.stride else range(0)
        return lambda data: [read(data, place) for place in places]


def _read(blob: bytes, what: str) -> tuple[Btf | None, list[str]]:
    """The types, or the problem with them."""
    try:
        return (Btf(blob) if blob else None), []
    except Malformed as error:
        return None, [f"the BTF of the {what} cannot be read: {error}"]


def _decoder(side: Side) -> Decode:
    read = Decoder(side.btf).reader(side.id)
    return lambda data: read(data, 0)


def _prefix_decoder(size: int) -> Decode:
    family, order = _FAMILIES[size], sys.byteorder
    ntop, number = socket.inet_ntop, int.from_bytes
    end = LENGTH_SIZE + size
    return lambda data: f"{ntop(family, data[LENGTH_SIZE:end])}/{number(data[:LENGTH_SIZE], order)}"


def _untyped(size: int) -> Side:
    builder = Builder()
    made = _raw(builder, size)
    return Side(builder.btf(), made, size, known=False)


def _raw(builder: Builder, size: int) -> int:
    return builder.typedef(f"{FORMAT}raw", builder.array(builder.integer("u8", 1), size))


def _digest(side: Side) -> str:
    """Of the type and all that it refers to, under numbers that do not depend on other types."""
    # Imported here: only a run that changes something compares types.
    from ansible_collections.ebpf.xdp.plugins.module_utils._btf.write import Writer

    writer = Writer(side.btf)
    try:
        writer.take(side.id)
        return hashlib.sha256(writer.blob()).hexdigest()
    except Malformed:
        return f"like no other: {id(side)}"  # what a pointer leads to may be damaged, although values are not
