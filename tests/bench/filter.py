# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nanoseconds a packet in the filter, by BPF_PROG_TEST_RUN, against xdp-filter of xdp-tools: filter.py WORK BPFFS

Of a round, the best of many short runs counts, in turns: what else the machine does is
many times as much as what is compared.
"""

from __future__ import annotations

import ctypes
import ipaddress
import os
import platform
import random
import struct
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, host, info, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_options import set_map_options
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.tests.bench import samples

sys.path.insert(0, str(Path(__file__).parents[1] / "integration/targets/xdp_filter_program/files"))
from packets import TCP, UDP, eth, ip4, tcp, udp
from vectors import CONDITIONS, complete, padded, rules

_ROUNDS = 5
_RUNS = 20
_REPEAT = 20_000
_PROG_TEST_RUN = 10

_PROGRAMS = Path(__file__).parents[2] / "plugins/plugin_utils/programs"
_XDP_TOOLS = Path(f"/usr/lib/{platform.machine()}-linux-gnu/bpf")
# Flags of its entries: of a source address, and of a destination port of UDP.
_SRC, _DST_UDP = 1, 10

#: Entries of a map, as the kernel has them.
_Entries = list[tuple[bytes, bytes]]


def _run(fd: int, packet: bytes) -> int:
    """As the kernel tells it: by our own clock, it would have the milliseconds that the kernel takes to patch its dispatcher."""
    data = ctypes.create_string_buffer(packet, len(packet))
    attr = struct.pack("=4I2Q2I", fd, 0, len(packet), 0, bpf.address(data), 0, _REPEAT, 0)
    _result, told = bpf.call(_PROG_TEST_RUN, attr)
    return int(struct.unpack_from("=I", told, 36)[0])


def _best(*programs: tuple[int, bytes]) -> list[float]:
    """Of programs with their packets, in turns. The kernel tells whole nanoseconds, of which the mean of the best quarter has more."""
    every = [[_run(fd, packet) for fd, packet in programs] for _run_number in range(_RUNS)]
    return [fmean(sorted(column)[: _RUNS // 4]) for column in zip(*every)]


def _put(fd: int, entries: _Entries) -> None:
    map_write.put(fd, info.map_info(fd), entries)


class _Filter(NamedTuple):
    """The shipped object, and where descriptors go."""

    spec: ObjectSpec
    held: ExitStack

    def load(
        self, constants: dict[str, object], tables: dict[str, _Entries], grown: dict[str, int] | None = None
    ) -> tuple[int, dict[str, int]]:
        options = {map_name: {"max_entries": size} for map_name, size in (grown or {}).items()}
        protocols = {_number(key): _number(value) for key, value in tables.get("protocols", ())}
        whole = padded(complete(constants, {"protocols": protocols}))
        spec = set_map_options(set_constants(self.spec, whole), options)
        loaded = loader.load(spec, team_of(spec, "xdp_filter"), {}, self.held)
        for map_name, entries in tables.items():
            _put(loaded.maps[map_name], entries)
        return loaded.programs["xdp_filter"], loaded.maps

    def theirs(self, kind: str, tables: dict[str, _Entries]) -> int:
        path = _XDP_TOOLS / f"xdpfilt_{kind}.o"
        spec = read_object(str(path), path.read_bytes())
        name = spec.programs[0].name
        loaded = loader.load(spec, team_of(spec, name), {}, self.held)
        for map_name, entries in tables.items():
            # A value for each CPU.
            _put(loaded.maps[map_name], [(key, value * len(host.possible_cpus())) for key, value in entries])
        return loaded.programs[name]


def _number(data: bytes) -> int:
    return int.from_bytes(data, sys.byteorder)


def _u64(value: int) -> bytes:
    return struct.pack("=Q", value)


def _all(keys: list[bytes], value: int) -> _Entries:
    return [(key, _u64(value)) for key in keys]


def _compare(what: str, ours: int, theirs: int, packets: dict[str, bytes]) -> None:
    for how, packet in packets.items():
        for _round in range(_ROUNDS):
            our_time, their_time = _best((ours, packet), (theirs, packet))
            samples.add(f"filter: {what}, {how}", our_time, "ns", base=their_time)


def _hosts(xdp_filter: _Filter) -> None:
    for count in (10, 10_000):
        hosts = [ipaddress.IPv4Address(0x0A000000 + 7 * number).packed for number in range(count)]
        ours, _maps = xdp_filter.load(
            rules(any_source=0, use_source4_hosts=True),
            {"source4_hosts": _all(hosts, 1)},
            {"source4_hosts": count},
        )
        theirs = xdp_filter.theirs("dny_ip", {"filter_ipv4": _all(hosts, _SRC)})
        packets = {"listed": eth(ip4(TCP, tcp(), src="10.0.0.7")), "not listed": eth(ip4(TCP, tcp(), src="10.0.0.8"))}
        _compare(f"{count:,} addresses", ours, theirs, packets)


def _ports(xdp_filter: _Filter) -> None:
    ports = [struct.pack("=I", number) for number in range(100)]
    ours, _maps = xdp_filter.load(
        rules(any_destination_port=0, any_protocol=0),
        {"destination_ports": _all(ports, 1), "protocols": [(struct.pack("=I", UDP), _u64(1))]},
        {"destination_ports": 65536},
    )
    theirs = xdp_filter.theirs(
        "dny_udp", {"filter_ports": _all([struct.pack(">HH", number, 0) for number in range(100)], _DST_UDP)}
    )
    packets = {"listed": eth(ip4(UDP, udp(1000, 50))), "not listed": eth(ip4(UDP, udp(1000, 150)))}
    _compare("100 ports of UDP", ours, theirs, packets)


def _ports_in_steps(xdp_filter: _Filter, bare: ObjectSpec) -> None:
    """What a filter by ports is made of: programs that each do one thing more, xdp-filter and the filter, in turns."""
    key, packet = struct.pack("=I", 50), eth(ip4(UDP, udp(1000, 50)))
    steps = ("nothing", "one_array", "and_counter", "and_checks", "and_interface")
    programs = []
    for name in steps:
        loaded = loader.load(bare, team_of(bare, name), {}, xdp_filter.held)
        if name != "nothing":
            _put(loaded.maps["destination_ports"], [(key, _u64(1))])
        programs.append((loaded.programs[name], packet))
    tables = {"destination_ports": [(key, _u64(1))], "protocols": [(struct.pack("=I", UDP), _u64(1))]}
    for constants in ({}, {"count_verdicts": False}):
        ours, _maps = xdp_filter.load(
            rules(any_destination_port=0, any_protocol=0, **constants), tables, {"destination_ports": 65536}
        )
        programs.append((ours, packet))
    theirs = xdp_filter.theirs("dny_udp", {"filter_ports": [(struct.pack(">HH", 50, 0), _u64(_DST_UDP))]})
    programs.append((theirs, packet))
    names = (*steps, "xdp_filter", "xdp_filter that does not count by interface", "xdp-filter")
    for _round in range(_ROUNDS):
        for name, time in zip(names, _best(*programs)):
            samples.add(f"filter: a port of UDP in steps, {name}", time, "ns")


def _macs(xdp_filter: _Filter) -> None:
    macs = [struct.pack(">HI", 0x0200, 3 * number) for number in range(10_000)]
    ours, _maps = xdp_filter.load(rules(any_source_mac=0), {"source_macs": _all(macs, 1)}, {"source_macs": len(macs)})
    theirs = xdp_filter.theirs("dny_eth", {"filter_ethernet": _all(macs, _SRC)})
    packets = {"listed": eth(ip4(), src="02:00:00:00:00:09"), "not listed": eth(ip4(), src="02:00:00:00:00:0a")}
    _compare("10,000 MAC addresses", ours, theirs, packets)


def _prefixes(xdp_filter: _Filter, bare: ObjectSpec) -> None:
    """Of each size, the filter and a program that does nothing else, over the same trie."""
    chosen = random.Random(19)
    for count in (10, 1000, 100_000, 1_000_000):
        keys: set[bytes] = set()
        while len(keys) < count:
            length = chosen.randint(8, 32)
            address = chosen.getrandbits(32) >> (32 - length) << (32 - length)
            keys.add(struct.pack("=I", length) + struct.pack(">I", address))
        ours, maps = xdp_filter.load(
            rules(any_source=0, use_source4=True),
            {"source4": _all(sorted(keys), 1)},
            {"source4": count},
        )
        alone = loader.load(bare, team_of(bare, "bare_trie"), {"source4": maps["source4"]}, xdp_filter.held)
        listed = ipaddress.IPv4Address(max(keys)[4:])
        packet = eth(ip4(UDP, udp(), src=str(listed)))
        for _round in range(_ROUNDS):
            our_time, bare_time = _best((ours, packet), (alone.programs["bare_trie"], packet))
            samples.add(f"filter: {count:,} prefixes, over one look-up", our_time - bare_time, "ns")


def _conditions(xdp_filter: _Filter) -> None:
    """One rule with one condition after the other; its packet matches all of them."""
    fields = {
        "source": ("source4_hosts", bytes([192, 0, 2, 1])),
        "destination": ("destination4_hosts", bytes([198, 51, 100, 1])),
        "source_port": ("source_ports", struct.pack("=I", 1000)),
        "destination_port": ("destination_ports", struct.pack("=I", 80)),
        "protocol": ("protocols", struct.pack("=I", TCP)),
        "tcp_flags": ("tcp_flags", struct.pack("=I", 2)),
        "source_mac": ("source_macs", bytes([2, 0, 0, 0, 0, 1])),
        "ethertype": ("ethertypes", struct.pack("=H", 0x0800)),
        "vlan": ("vlans", struct.pack("=I", 4096)),
    }
    assert set(fields) < set(CONDITIONS)
    programs = []
    sizes = {"source_ports": 65536, "destination_ports": 65536}
    for count in range(len(fields) + 1):
        some = list(fields)[:count]
        use = {f"use_{name}4_hosts": True for name in some if name in ("source", "destination")}
        ours, _maps = xdp_filter.load(
            rules(**{f"any_{name}": 0 for name in some}, **use),
            {fields[name][0]: [(fields[name][1], _u64(1))] for name in some},
            sizes,
        )
        programs.append((ours, eth(ip4(TCP, tcp()))))
    for _round in range(_ROUNDS):
        times = _best(*programs)
        for count, name in enumerate(fields):
            samples.add(f"filter: the condition {name} besides {count} others", times[count + 1] - times[count], "ns")
        samples.add(f"filter: {len(fields)} conditions, over none", times[-1] - times[0], "ns")


def _compiled(name: str) -> ObjectSpec:
    path = os.path.join(sys.argv[1], name)
    with open(path, "rb") as file:
        return read_object(path, file.read())


def main() -> None:
    bare, bare_ports = (_compiled(name) for name in ("bare_trie.o", "bare_ports.o"))
    shipped = _PROGRAMS / "xdp_filter.json"
    with ExitStack() as held:
        xdp_filter = _Filter(spec_text.from_text(str(shipped), shipped.read_bytes()), held)
        if (_XDP_TOOLS / "xdpfilt_dny_ip.o").exists():
            _hosts(xdp_filter)
            _ports(xdp_filter)
            _ports_in_steps(xdp_filter, bare_ports)
            _macs(xdp_filter)
        _prefixes(xdp_filter, bare)
        _conditions(xdp_filter)


if __name__ == "__main__":
    main()
