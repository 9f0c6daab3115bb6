# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Values that refer to something: interfaces, programs, and maps within maps.

A program and a map are written as a descriptor and read as an id. So there are two
forms of a value: the one that is read is compared, and ``Translation`` makes the
one that is written of it.

``struct bpf_devmap_val`` and ``bpf_cpumap_val`` of include/uapi/linux/bpf.h are two
words: the interface's index, or the queue's size, and the program. A map that was
declared with values of four bytes has the first of them alone.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import pieces
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.difference import Difference
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, Segment, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.forms import items
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError

_DEVICES = ("devmap", "devmap_hash")
_OF_MAPS = ("array_of_maps", "hash_of_maps")

# cpu_map_update_elem in kernel/bpf/cpumap.c
_LONGEST_QUEUE = 16384

#: For a refusal of such a value, which the kernel answers with EINVAL whatever the reason.
ADVICE = {
    "devmap": "The interface has to be there, and a program in the entry has to be of type xdp/devmap",
    "devmap_hash": "The interface has to be there, and a program in the entry has to be of type xdp/devmap",
    "cpumap": "The key has to be the number of a CPU, and a program in the entry has to be of type xdp/cpumap",
    "prog_array": (
        "Programs that call each other have to be of one kind: all of them for packets in several fragments (xdp.frags), "
        "or none"
    ),
    "array_of_maps": "Type, sizes and flags have to be those of the maps that the outer map was declared for",
    "hash_of_maps": "Type, sizes and flags have to be those of the maps that the outer map was declared for",
}


class Held(NamedTuple):
    """A program or a map that a value refers to; the descriptor stays the caller's."""

    fd: int
    id: int


class Context(NamedTuple):
    """What names mean; ``None`` where there is nothing of this name."""

    program: Callable[[str], Held | None]
    #: The name of a map of the set, or the absolute path of a pin.
    map: Callable[[str], Held | None]
    #: An interface's index; raises ``ValueError`` for a name that no interface can have.
    interface: Callable[[str], int | None]


class Awaited(NamedTuple):
    """An entry whose interface is not there yet."""

    key: bytes
    interface: str


class References(NamedTuple):
    """Entries whose values name programs, maps or interfaces, encoded."""

    #: In the form that is read, without what is awaited.
    encoded: Encoded
    awaited: tuple[Awaited, ...]
    #: Descriptors of programs or maps by their ids, for ``Translation``.
    held: dict[int, int]


def encode(
    map_type: str, value_size: int, table: Table, keys: Encoded, context: Context, default_value: Any = None
) -> References:
    """Values of a map that refer to something; ``keys`` are those of the same table. Raises ``WrongEntry``.

    A value that is left out is ``default_value`` in a new entry. There are no zeros in its place, which refer to nothing.
    """
    encoder = _Encoder(map_type, value_size, context)
    default = _fields(default_value)
    segments = []
    awaited = []
    for number, block, segment in _with_rows(table, keys):
        # A number is one, whether it was quoted or not.
        columns = {
            column.path[1:]: items(column.kind, column.data) for column in block.columns if column.path[0] == "value"
        }
        values, present = bytearray(), bytearray()
        for row, key in enumerate(pieces(segment.keys, keys.key_size)):
            try:
                if not columns and not default:
                    raise ValueError("there is no value, and no default_value")
                value = encoder.value({path: items[row] for path, items in columns.items()} or default)
            except ValueError as error:
                raise WrongEntry(number, row, str(error)) from error
            if isinstance(value, str):
                awaited.append(Awaited(key, value))
                continue
            present += key
            values += value
        count = len(present) // keys.key_size
        segments.append(Segment(count, bytes(present), bytes(values), False, encoder.mask(set(columns)), number))
    return References(Encoded(tuple(segments), keys.key_size, value_size), tuple(awaited), encoder.held)


def _fields(value: Any) -> dict[tuple[str, ...], Any]:
    """A value that is given as a whole, as columns have it; empty where there is none."""
    if isinstance(value, dict):
        return {(str(name),): each for name, each in value.items()}
    return {} if value is None else {(): value}


def _with_rows(table: Table, keys: Encoded) -> Iterator[tuple[int, Block, Segment]]:
    """Each block that has rows, with its number and its keys."""
    blocks = [(number, block) for number, block in enumerate(table.blocks) if block.count]
    for (number, block), segment in zip(blocks, keys.segments):
        yield number, block, segment


class _Encoder:
    def __init__(self, map_type: str, value_size: int, context: Context) -> None:
        self._type = map_type
        self._two_words = value_size == 8
        self._context = context
        self.held: dict[int, int] = {}

    def mask(self, declared: set[tuple[str, ...]]) -> bytes:
        """The words that are declared: a plain value is the first one, and of a value that is left out there is none."""
        if not declared:
            return bytes(8 if self._two_words else 4)
        second = b"\xff" * 4 if ("program",) in declared else bytes(4)
        return b"\xff" * 4 + second if self._two_words else b"\xff" * 4

    def value(self, fields: dict[tuple[str, ...], Any]) -> bytes | str:
        """A value's bytes as they are read, or the interface that is awaited; raises ``ValueError``."""
        if self._type in ("prog_array", *_OF_MAPS):
            return struct.pack("=I", self._one(fields))
        first = {"cpumap": "qsize"}.get(self._type, "ifindex")
        for path in fields:
            if path not in ((), (first,), ("program",)):
                raise ValueError(f"value.{'.'.join(path)}: a value has the fields {first} and program")
        if (() in fields and len(fields) > 1) or not fields.keys() - {("program",)}:
            raise ValueError(f"value: the field {first} is missing")
        word = self._first(
            fields[()] if () in fields else fields[(first,)], "value" if () in fields else f"value.{first}"
        )
        program = fields.get(("program",))
        second = 0
        if program not in (None, ""):
            if not self._two_words:
                raise ValueError(
                    f"value.program: the map's values have 4 bytes, so no room for a program. Declare its values as "
                    f"struct bpf_{'cpumap' if self._type == 'cpumap' else 'devmap'}_val"
                )
            second = self._held(self._context.program, program, "value.program", "program")
        if isinstance(word, str):
            return word
        return struct.pack("=2I", word, second) if self._two_words else struct.pack("=I", word)

    def _one(self, fields: dict[tuple[str, ...], Any]) -> int:
        what = "program" if self._type == "prog_array" else "map"
        if set(fields) != {()}:
            raise ValueError(f"value: the name of a {what} is expected")
        return self._held(self._context.program if what == "program" else self._context.map, fields[()], "value", what)

    def _held(self, find: Callable[[str], Held | None], name: Any, place: str, what: str) -> int:
        if not isinstance(name, str):
            raise ValueError(f"{place}: {short(name)} is not the name of a {what}")
        held = find(name)
        if held is None:
            path = ", and no map is pinned there" if name.startswith("/") else ""
            raise ValueError(f"{place}: there is no {what} {short(name)}{path}")
        self.held[held.id] = held.fd
        return held.id

    def _first(self, value: Any, place: str) -> int | str:
        if self._type == "cpumap":
            if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LONGEST_QUEUE:
                raise ValueError(
                    f"{place}: the size of a queue is 1 to {_LONGEST_QUEUE} packets, and not {short(value)}"
                )
            return value
        if isinstance(value, str):
            index = self._context.interface(value)
            return value if index is None else index
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 31:
            raise ValueError(f"{place}: {short(value)} is neither the name of an interface nor its index")
        return value


class Translation:
    """From the values that are read to those that are written: descriptors in place of ids."""

    def __init__(self, map_type: str, value_size: int, held: dict[int, int], stack: ExitStack) -> None:
        """Descriptors that are opened here are closed with the ``stack``."""
        self._of_maps = map_type in _OF_MAPS
        self._alone = map_type in ("prog_array", *_OF_MAPS)
        self._size = value_size
        self._fds = {0: 0, **held}
        self._stack = stack

    def hold(self, difference: Difference) -> None:
        """Open what the present entries refer to, so that they can be restored; raises ``KernelError``."""
        for rows in (*difference.updates, difference.removes):
            for object_id in self._ids(bytes(rows.old)):
                if object_id in self._fds:
                    continue
                what, opened = ("map", bpf.map_by_id) if self._of_maps else ("program", bpf.prog_by_id)
                try:
                    fd = opened(object_id)
                except OSError as error:
                    raise KernelError(
                        f"Cannot open the {what} {object_id}, to which an entry refers", error.errno or 0
                    ) from error
                self._stack.callback(os.close, fd)
                self._fds[object_id] = fd

    def __call__(self, values: bytes) -> bytes:
        words = list(struct.unpack(f"={len(values) // 4}I", values))
        for at in self._places(len(words)):
            words[at] = self._fds[words[at]]
        return struct.pack(f"={len(words)}I", *words)

    def _ids(self, values: bytes) -> set[int]:
        words = struct.unpack(f"={len(values) // 4}I", values)
        return {words[at] for at in self._places(len(words))}

    def _places(self, words: int) -> Iterable[int]:
        """Where the ids are."""
        if self._alone:
            return range(words)
        return range(1, words, 2) if self._size == 8 else ()


class Names(NamedTuple):
    """The other way round, for what is shown; ``None`` where nothing is known by this number."""

    program: Callable[[int], str | None]
    map: Callable[[int], str | None]
    interface: Callable[[int], str | None]


def decode(map_type: str, value: bytes, names: Names) -> Any:
    """A value as ``encode`` takes it: names, or numbers where there is none."""
    words = struct.unpack(f"={len(value) // 4}I", value)
    if map_type in _OF_MAPS or map_type == "prog_array":
        return (names.map if map_type in _OF_MAPS else names.program)(words[0]) or words[0]
    first = (names.interface(words[0]) or words[0]) if map_type in _DEVICES else words[0]
    if len(words) < 2 or not words[1]:
        return first
    return {"ifindex" if map_type in _DEVICES else "qsize": first, "program": names.program(words[1]) or words[1]}
