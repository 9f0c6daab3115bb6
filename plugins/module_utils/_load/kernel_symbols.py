# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Functions and variables of the running kernel, looked up for a program."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_ids, kernel_references
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import KernelReference, ProgramSpec

_SYMBOLS = "/proc/kallsyms"

_WHY = "The program uses functions or variables of the kernel"

_BTF_KINDS = {"function": kinds.FUNC, "variable": kinds.VAR}


def fill_in(program: ProgramSpec, code: bytearray) -> None:
    """Write what the kernel has into the program's instructions; raises ``XdpError`` for what it lacks."""
    known = _known(program.kernel_references)
    try:
        kernel_references.fill_in(program, code, known)
    except kernel_references.Lacking as lacking:
        raise _missing(program, lacking.reference) from lacking


def _known(references: tuple[KernelReference, ...]) -> dict[tuple[str, str], int]:
    """Numbers of types, and addresses, by kind and name."""
    found: dict[tuple[str, str], int] = {}
    typed = {
        (each.kind, each.name): (_BTF_KINDS[each.kind], each.name) for each in references if each.kind in _BTF_KINDS
    }
    if typed:
        numbers = kernel_ids.find(kernel_ids.kernel_btf(_WHY), {*typed.values()})
        found.update({key: numbers[wanted] for key, wanted in typed.items() if wanted in numbers})
    addresses = {each.name for each in references if each.kind == "address"}
    if addresses:
        found.update({("address", name): address for name, address in _addresses(addresses).items()})
    return found


def _addresses(names: set[str]) -> dict[str, int]:
    """Of the kernel's symbols, as root sees them; the first of each name."""
    found: dict[str, int] = {}
    with open(_SYMBOLS, encoding="ascii", errors="replace") as lines:
        for line in lines:
            address, _type, name = line.split(maxsplit=3)[:3]
            if name in names:
                found.setdefault(name, int(address, 16))
    return found


def _missing(program: ProgramSpec, reference: KernelReference) -> XdpError:
    what = f"The program {program.name} needs the kernel's {reference.kind} {short(reference.name)}"
    module = kernel_ids.module_with(reference.name) if reference.kind != "address" else None
    if module:
        return XdpError(
            f"{what}, which is in the module {short(module)}. Functions and variables of modules cannot be used yet"
        )
    return XdpError(
        f"{what}, which the running kernel does not have. Run a kernel that has it, or declare it __weak and ask for its "
        f"address before it is used"
    )
