# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the verifier's log says of CO-RE relocations, in words for the user.

The kernel applies them with libbpf's own code (tools/lib/bpf/relo_core.c), whose
remarks go into the log of the load: what each relocation is of, and which
instruction was made invalid because the kernel has no such type or field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# Linux 5.18 and later: relo #3: <byte_off> [7] STRUCT sk_buff.nosuch (0:1 @ offset 8)
# Linux 5.17:           relo #3: kind <byte_off> (0), spec is [7] STRUCT sk_buff.nosuch (0:1 @ offset 8)
_RELOCATION = re.compile(r"relo #(\d+): (?:kind )?<\w+>.{0,40}? ?\[\d+\] (\S+) (\S+)")
_MADE_INVALID = re.compile(r"relo #(\d+): substituting insn #(\d+) w/ invalid insn")
_REACHED = re.compile(r"(\d+): \(85\) call unknown#195896080")


def missing(log: Iterable[str], known: Mapping[int, str]) -> str | None:
    """The type or field that the program needs and the kernel lacks, such as ``struct sk_buff.nosuch``.

    ``known`` has those of instructions that were made invalid before the load.
    ``None`` when the log does not say that this is why the program was rejected.
    Relocations in code that cannot be reached do no harm, and are not meant.
    """
    names: dict[str, str] = {}
    invalid = {str(instruction): name for instruction, name in known.items()}
    for line in log:
        relocation = _RELOCATION.search(line)
        if relocation:
            number, kind, name = relocation.groups()
            names[number] = f"{kind.lower()} {name}"
        made_invalid = _MADE_INVALID.search(line)
        if made_invalid:
            number, instruction = made_invalid.groups()
            invalid[instruction] = names.get(number, "a type")
        reached = _REACHED.match(line)
        if reached and reached.group(1) in invalid:
            return invalid[reached.group(1)]
    return None
