# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From an ELF object to an object spec. Nothing is run, and no kernel is asked."""

from __future__ import annotations

import hashlib

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short
from ansible_collections.ebpf.xdp.plugins.module_utils._elf import map_values, run_config, unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.functions import Code
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.link import Linker
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.maps import declared_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.pin_names import Names
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.relocate import CannotLink
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unfilled import without_unfilled
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.variables import variable_sections
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import reasons
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, LeftOut, MapSpec, ObjectSpec, ProgramSpec

_LONGEST_LICENSE = 127


def read_object(path: str, data: bytes) -> ObjectSpec:
    """The spec of the object in ``data``; ``path`` is for messages. Raises ``XdpError``."""
    try:
        return _read(data)
    except Malformed as error:
        raise XdpError(f"The object {path} has a damaged section .BTF: {error}") from error
    except XdpError as error:
        raise XdpError(f"The object {path} {error}") from error


def _read(data: bytes) -> ObjectSpec:
    elf = Elf(data)
    types = ObjectTypes(elf)
    maps = declared_maps(elf, types)
    variables, constants = variable_sections(elf, types)
    taken = {map_spec.name for map_spec in maps.values()}
    for number, map_spec in variables.items():
        if map_spec.name in taken:
            variables[number] = Unmakeable(map_spec.name, f"has two things that would be pinned as {map_spec.name}")
            constants = [variable for variable in constants if variable.map != map_spec.name]
    code = Code(elf)
    maps = map_values.fill(elf, types, maps, code)
    declared = (*maps.values(), *variables.values())
    linker = Linker(elf, types, code, maps, variables, _license(elf))
    programs, left_out = _programs(linker)
    wishes = run_config.run_configs(types.btf)
    programs = [program._replace(proceed_on=wishes.get(program.name)) for program in programs]
    makeable = [map_spec for map_spec in declared if isinstance(map_spec, MapSpec)]
    programs, makeable, unfilled = without_unfilled(programs, makeable)
    left_out += unfilled
    Names(program.name for program in programs)
    if not programs:
        raise XdpError(f"has no program that can be loaded. {reasons(left_out) or _why_nothing(code)}")
    if linker.settings:
        makeable.append(linker.settings)
        Names(map_spec.name for map_spec in makeable)
    return ObjectSpec(
        tuple(programs),
        tuple(sorted(makeable, key=lambda map_spec: map_spec.name)),
        types.writer.blob(),
        hashlib.sha256(data).hexdigest(),
        tuple(constants),
        (*left_out, *unmakeable.left_out(declared)),
    )


def _programs(linker: Linker) -> tuple[list[ProgramSpec], list[LeftOut]]:
    programs = []
    left_out = []
    for entry in linker.code.entries():
        why_not = entry.other_hook
        if not why_not and not usable_name(entry.function.name):
            why_not = "its name cannot be one in the BPF file system"
        if not why_not:
            try:
                programs.append(linker.link(entry))
            except CannotLink as error:
                why_not = str(error)
        if why_not:
            candidate = not entry.other_hook and not entry.on_request and entry.attach_type == XDP
            left_out.append(LeftOut(short(entry.function.name), why_not, candidate))
    return programs, left_out


def _why_nothing(code: Code) -> str:
    shared = code.shared()
    if not shared:
        return "No section has any function to start at"
    return (
        f"{listed(shared)}: in section .text, which is for functions that others call. "
        f'Put the program into a section of its own, with SEC("xdp") before it'
    )


def _license(elf: Elf) -> str:
    """The text of section ``license``; programs without one may not call what is for the GPL alone.

    The kernel reads no more than 127 bytes of it (bpf_prog_load in kernel/bpf/syscall.c), and each program has a copy.
    """
    section = elf.named("license")
    text = elf.contents(section) if section else b""
    return text[:_LONGEST_LICENSE].split(b"\0", 1)[0].decode("ascii", "replace")
