# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A program's references to the kernel's functions and variables, filled in as libbpf does.

The layouts are those of the kernel's verifier (check_kfunc_call, check_pseudo_btf_id in
kernel/bpf/verifier.c) and of bpf_object__relocate_data in libbpf.c, 1.5.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CALL,
    INSTRUCTION_SIZE,
    KernelReference,
    ProgramSpec,
    with_source_register,
)

# What is called in place of a function that is not there: a weak one, in code that asks for its address before. Numbers
# like this are of no helper, and libbpf has the same.
_MISSING_CALL = 2002000000


class Lacking(Exception):
    """The kernel does not have what the program cannot do without."""

    def __init__(self, reference: KernelReference) -> None:
        super().__init__(reference.name)
        self.reference = reference


def fill_in(program: ProgramSpec, code: bytearray, known: Mapping[tuple[str, str], int]) -> None:
    """Write into the program's instructions what is known: numbers of types, and addresses, by kind and name.

    Raises ``Lacking``.
    """
    for number, reference in enumerate(program.kernel_references):
        value = known.get((reference.kind, reference.name))
        if value is None and not reference.weak:
            raise Lacking(reference)
        place = reference.instruction * INSTRUCTION_SIZE
        if code[place] == CALL and value is None:
            struct.pack_into("=BBhi", code, place, CALL, 0, 0, _MISSING_CALL + number)
        elif code[place] != CALL and (value is None or reference.kind == "address"):
            # A number rather than a reference; zero where there is nothing.
            code[place + 1] = with_source_register(code[place + 1], 0)
            struct.pack_into("=I", code, place + 4, (value or 0) & 0xFFFFFFFF)
            struct.pack_into("=I", code, place + INSTRUCTION_SIZE + 4, (value or 0) >> 32)
        else:
            struct.pack_into("=i", code, place + 4, value)
