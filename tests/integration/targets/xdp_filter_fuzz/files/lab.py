# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's filter in the kernel, over maps of its own: nothing is pinned or attached."""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp import plugins
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info, map_entries, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Column, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_options import set_map_options
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.compile import compile_filter

PROGRAMS = ("xdp_filter", "xdp_filter_frags")

#: Slots of counters that are not of rules.
DEFAULT, ESSENTIAL, REPLIES, FIRST_RULE = range(4)

#: Buckets are not filled again while the frames are compared: an hour in nanoseconds, in the unit of the limiter.
_HOUR = 3600 * 10**9 << 6

#: What sources are hashed with. By one that the program chooses, a few sources would share a bucket once in a while.
_SEED = 0x9E3779B97F4A7C15

#: BPF_PROG_TEST_RUN with ``struct xdp_md`` as its context (see _bpf/test_run.py), without anything to come back.
_TEST_RUN = 10
_ATTR = struct.Struct("=4I2Q4I2Q")
_CONTEXT = struct.Struct("=6I")
_VERDICT = struct.Struct("=4xI")
_COUNTER = struct.Struct("=4Q")
_PLACES = 1 << 17


class Compiled(NamedTuple):
    constants: dict[str, Any]
    map_options: dict[str, Any]
    tables: dict[str, Table]
    warnings: list[str]


def shipped() -> ObjectSpec:
    path = Path(next(iter(plugins.__path__))) / "plugin_utils" / "programs" / "xdp_filter.json"
    return spec_text.from_text(str(path), path.read_bytes())


def compiled(options: Mapping[str, Any]) -> Compiled:
    """As the collection makes it of the options, with slots in the order of the rules and a clock that stands still."""
    found = compile_filter(options, _no_files)
    constants = dict(found.constants)
    slots = [FIRST_RULE + number for number in range(len(found.rules))]
    constants["slots"] = slots + [0] * (64 - len(slots))
    intervals, tolerances = list(constants["limit_interval"]), list(constants["limit_tolerance"])
    for limiter, interval in enumerate(intervals):
        if interval:
            tolerances[limiter] = tolerances[limiter] // interval * _HOUR
            intervals[limiter] = _HOUR
    constants.update(limit_interval=intervals, limit_tolerance=tolerances)
    return Compiled(constants, found.map_options, dict(found.tables), list(found.warnings))


def _no_files(name: str) -> bytes:
    raise FileNotFoundError(name)


def without_last_row(table: Table) -> Table:
    """A fault to be found."""
    *others, last = table.blocks
    columns = []
    for column in last.columns:
        width = len(column.data) // last.count
        columns.append(Column(column.path, column.kind, column.data[:-width], column.quoted))
    return Table((*others, Block(last.count - 1, tuple(columns))))


def _variable(name: str, value: int) -> Table:
    """The contents of a section in which this variable is not zero."""
    columns = Column(("key",), "u32", bytes(4)), Column(("value", name), "u64", value.to_bytes(8, "little"))
    return Table((Block(1, columns),))


class Filter:
    """One of the programs, loaded for a set of rules."""

    def __init__(self, spec: ObjectSpec, made: Compiled, program: str, held: ExitStack) -> None:
        self.name = program
        spec = set_constants(set_map_options(spec, made.map_options), made.constants)
        loaded = loader.load(spec, team_of(spec, program), {}, held)
        self._fd = loaded.programs[program]
        self._maps = loaded.maps
        for name, table in made.tables.items():
            self._fill(name, table)
        self._fill("bss", _variable("seed", _SEED))
        self._in = ctypes.create_string_buffer(_PLACES)
        self._context = ctypes.create_string_buffer(_CONTEXT.size)
        self._attr = ctypes.create_string_buffer(_ATTR.size)

    def _fill(self, name: str, table: Table) -> None:
        known = info.map_info(self._maps[name])
        for segment in encode(table, MapTypes.of_kernel(known)).segments:
            map_write.put_all(self._maps[name], known, segment.keys, segment.values, segment.uniform)

    def run(self, frame: bytes, linear: int = 0) -> int:
        """The verdict on the frame, of which only so many bytes are in the first buffer (0: as the kernel likes)."""
        length = len(frame)
        ctypes.memmove(self._in, frame, length)
        _CONTEXT.pack_into(self._context, 0, 0, linear or length, 0, 0, 0, 0)
        _ATTR.pack_into(
            self._attr,
            0,
            self._fd,
            0,
            length,
            0,
            ctypes.addressof(self._in),
            0,
            1,
            0,
            _CONTEXT.size,
            0,
            ctypes.addressof(self._context),
            0,
        )
        bpf.call_with(_TEST_RUN, self._attr)
        return int(_VERDICT.unpack_from(self._attr)[0])

    def takes_linear(self) -> bool:
        """Whether the kernel takes the size of the first buffer from the context (Linux 6.18)."""
        try:
            self.run(bytes(64), 20)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return False
        return True

    def counters(self) -> list[tuple[int, ...]]:
        """By slot: packets, bytes, and the same of dry runs."""
        found = []
        for value in self._values("counters"):
            each = [_COUNTER.unpack_from(value, start) for start in range(0, len(value), _COUNTER.size)]
            found.append(tuple(map(sum, zip(*each))))
        return found

    def verdicts(self) -> list[tuple[int, ...]]:
        """Packets and bytes by verdict, of all interfaces and CPUs."""
        rows = [row for value in self._values("xdp_counters") for row in struct.iter_unpack("=2I12Q", value)]
        sums = [sum(column) for column in zip(*rows)][2:]
        return [tuple(sums[place : place + 2]) for place in range(0, len(sums), 2)]

    def _values(self, name: str) -> list[bytes]:
        fd = self._maps[name]
        return [value for _key, value in map_entries.entries(fd, info.map_info(fd))]
