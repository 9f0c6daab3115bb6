# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Objects of all origins, alone and as members of a chain: SOURCE PATTERN..."""

from __future__ import annotations

import glob
import os
import struct
import sys
from contextlib import ExitStack

from ansible_collections.ebpf.xdp import plugins
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info, map_entries, test_run
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._source import compiler, source_files
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.chain_slots import applied
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import COUNTERS, MEMBERS, SLOT, VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of

PACKETS = (
    bytes(12) + b"\x08\x00" + b"\x45\x00\x00\x32" + bytes(60),
    bytes(12) + b"\x86\xdd" + b"\x60" + bytes(80),
    bytes(range(64)),
)


def of_bcc() -> ObjectSpec:
    """The collection's own counting program."""
    directory = os.path.join(next(iter(plugins.__path__)), "plugin_utils", "programs")
    headers = {name: source_files.read(os.path.join(directory, name)) for name in ("xdp_stats.h", "xdp_program.h")}
    path = os.path.join(directory, "xdp_stats.c")
    flat = source_files.flatten(path, source_files.read(path), source_files.header_finder(headers))
    return compiler.compile_source(flat, []).object


def verdicts(spec: ObjectSpec, program: str, held: ExitStack) -> tuple[list[int], dict[str, int]]:
    """What becomes of each packet, and the maps."""
    found = loader.load(spec, team_of(spec, program), {}, held)
    return [test_run.run(found.programs[program], packet).verdict for packet in PACKETS], found.maps


def slot(map_fd: int, number: int) -> list[int]:
    """Packets by verdict of a member, of all CPUs."""
    known = info.map_info(map_fd)
    ((_key, value),) = map_entries.entries(map_fd, known)
    rows = [
        struct.unpack_from(f"={COUNTERS}Q", value, start + number * SLOT)
        for start in range(0, len(value), known.value_size)
    ]
    return [sum(column) for column in zip(*rows)]


def check(name: str, spec: ObjectSpec, program: str, other: ObjectSpec) -> None:
    """Its verdicts are those that it has alone, wherever it runs."""
    with ExitStack() as held:
        alone, _maps = verdicts(spec, program, held)
    wanted = [0] * COUNTERS
    for verdict in alone:
        wanted[min(verdict, COUNTERS - 1)] += 1
    it, before = Member("it", spec, program, VERDICTS), Member("other", other, "filter", VERDICTS)
    for members in ([it], [it, before], [before, it]):
        chain = applied(link(members), {"it": 7, "other": 3})
        with ExitStack() as held:
            seen, maps = verdicts(chain, "chain", held)
            counted = slot(maps[MEMBERS], 7)
        if members[-1] is it:
            assert seen == alone, (name, program, seen, alone)
        assert counted == wanted, (name, program, counted, alone)


def main() -> None:
    with open(sys.argv[1], "rb") as file:
        other = read_object(sys.argv[1], file.read())
    objects = {"bcc": of_bcc(), "clang": other}
    for path in sorted(path for pattern in sys.argv[2:] for path in glob.glob(pattern)):
        with open(path, "rb") as file:
            try:
                objects[path] = read_object(path, file.read())
            except XdpError as error:
                print(error, file=sys.stderr)
    filters = [spec for name, spec in objects.items() if os.path.basename(name) == "xdpfilt_dny_all.o"]
    # libxdp's own wish, which all of its filters have.
    assert all(each.proceed_on == ("pass",) for spec in filters for each in spec.programs), filters
    count = 0
    for name, spec in objects.items():
        for program in [each.name for each in spec.programs if each.attach_type == XDP]:
            check(name, spec, program, other)
            count += 1
    print(f"{count} programs, {len(objects)} objects")


main()
