# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Tests of an object that no run pins: what xdp_test does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import map_fit
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import run, shrink, ssh
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.dissect import difference
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.options import PacketTest
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.private_copy import Copier, Sources
from ansible_collections.ebpf.xdp.plugins.module_utils._record.bound_names import unbound_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import choose
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, MapSpec, ObjectSpec

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents


class Asked(NamedTuple):
    """As the options of xdp_test say it."""

    program: str | None
    helpers: Sequence[str]
    #: The pin set whose entries the copies get, below ``pin_root``.
    name: str | None
    pin_root: str
    interfaces: Sequence[str]
    tests: Sequence[PacketTest]
    contents: Sequence[Wanted]
    ssh_test: bool
    benchmark_runs: int


class Tested(NamedTuple):
    """The results of xdp_test."""

    program: str
    results: list[run.Result]
    warnings: list[str]


def test(asked: Asked, spec: ObjectSpec, held: ExitStack) -> Tested:
    """Run the tests; raises ``XdpError`` when one fails."""
    chosen = choose(spec, asked.program)
    program = next(each for each in spec.programs if each.name == chosen)
    if program.attach_type != XDP:
        raise XdpError(
            f"The program {chosen} is for a {program.attach_type[4:]}, and the kernel runs no tests of such programs. "
            f"Test the one that redirects to it"
        )
    contents = _contents(asked.contents)
    warnings: list[str] = []
    sources = _pinned(asked, spec, held, warnings) if asked.name is not None else Sources()
    interfaces = netlink.interfaces()
    copiers: list[Copier] = []

    def copier(packets: int) -> Copier:
        copiers.append(Copier(spec, chosen, asked.helpers, sources, contents, packets))
        return copiers[-1]

    results: list[run.Result] = []
    if asked.tests:
        results = run.run(
            copier(max(each.count for each in asked.tests)), asked.tests, interfaces, asked.benchmark_runs, difference
        )
    if asked.ssh_test and asked.interfaces:
        about_ssh = ssh.test(_indexes(asked.interfaces, interfaces), copier)
        results += about_ssh.results
        warnings += about_ssh.warnings
    if not results:
        # Nothing else would have shown that the program can be loaded.
        copier(0).make(held)
        warnings.append(f"The program {chosen} was loaded, and there is no test to run on it")
    warnings += [text for each in copiers for text in each.warnings]
    if any(not each.passed and (each.skipped is None or each.test in asked.tests) for each in results):
        raise run.TestsFailed(results, "")
    return Tested(chosen, results, list(dict.fromkeys(warnings)))


def _contents(wanted: Sequence[Wanted]) -> Contents | None:
    if not wanted:
        return None
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents

    return Contents(wanted)


def _indexes(names: Sequence[str], interfaces: Sequence[netlink.Interface]) -> set[int]:
    found = {}
    for name in names:
        interface = netlink.find(name, interfaces)
        if interface is None:
            from ansible_collections.ebpf.xdp.plugins.module_utils._network import interface_names

            raise interface_names.unknown(name, [each.name for each in interfaces])
        found[name] = interface.ifindex
    return set(found.values())


def _pinned(asked: Asked, spec: ObjectSpec, held: ExitStack, warnings: list[str]) -> Sources:
    """The set's maps that this object's would take over, and its programs."""
    layout = Layout(asked.pin_root, str(asked.name))
    bpffs.require(asked.pin_root)
    if not os.path.isdir(layout.path):
        raise XdpError(
            f"There is no pin set {short(asked.name)} in {asked.pin_root}. Leave name out to test without one"
        )
    maps = {}
    declared = [map_spec for map_spec in spec.maps if map_spec.variables is None]
    for map_spec in declared:
        fd = _opened(layout.map(map_spec.name), "map", held)
        if fd is None:
            continue
        unfit = _unfit(fd, map_spec)
        if unfit:
            warnings.append(
                f"The tested copy of the map {map_spec.name} has no entries of the set {asked.name}, whose map does not fit: {unfit}"
            )
        else:
            maps[map_spec.name] = fd
    programs = {}
    for name in bpffs.names(layout.directories["programs"]):
        fd = _opened(layout.program(name), "program", held)
        if fd is not None:
            programs[info.object_id(fd)] = unbound_name(name)
    if declared and not maps and not warnings:
        warnings.append(f"The set {asked.name} has none of the maps {listed(each.name for each in declared)}")
    return Sources(maps, programs)


def _opened(path: str, kind: str, held: ExitStack) -> int | None:
    try:
        fd = bpf.obj_get(path, read_only=True)
    except OSError as error:
        if error.errno in bpf.NOT_A_PIN:
            return None
        raise KernelError(f"Cannot open {path}", error.errno or 0) from error
    held.callback(os.close, fd)
    return fd if info.kind(fd) == kind else None


def _unfit(fd: int, map_spec: MapSpec) -> str:
    found = map_fit.differences(info.map_info(fd), map_spec, 0, None)
    # A copy of these has as many places as it needs.
    return map_fit.explain(
        [each for each in found if each.field != "max_entries" or map_spec.type not in shrink.SHRUNK]
    )
