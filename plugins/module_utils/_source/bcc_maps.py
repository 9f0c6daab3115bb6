# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Why the kernel refused a map of a bcc source.

bcc makes the maps while it compiles, and says a map's name and the kernel's
error, no more. What the map was to be is read from its declaration in the
text, as far as that has it in plain words: a macro of bcc's (helpers.h), with
the type, the number of entries and the flags. The sizes of structures are not
known here, and taken to be right.
"""

from __future__ import annotations

import errno
import re

from ansible_collections.ebpf.xdp.plugins.module_utils._spec import map_rules
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

# The compiler runs in the locale C.
_REFUSED = re.compile(r"could not open bpf map: (\w+), error: (.*)")
_ERRORS = {
    "Invalid argument": errno.EINVAL,
    "Argument list too long": errno.E2BIG,
    "Cannot allocate memory": errno.ENOMEM,
}

_DECLARATION = re.compile(r"\b(BPF_\w+)\s*\(([^(){};]*)\)\s*;")

# Of macros that have the type in their name; of BPF_TABLE and BPF_F_TABLE it is the first argument.
_TYPES = {
    "BPF_HASH": "hash",
    "BPF_ARRAY": "array",
    "BPF_PERCPU_HASH": "percpu_hash",
    "BPF_PERCPU_ARRAY": "percpu_array",
    "BPF_LPM_TRIE": "lpm_trie",
    "BPF_PROG_ARRAY": "prog_array",
    "BPF_DEVMAP": "devmap",
    "BPF_CPUMAP": "cpumap",
    "BPF_XSKMAP": "xskmap",
}

_HOW_WITH_LIBBPF = re.compile(r": add __uint\([^)]*\)(?:, or set it with map_options: [^}]*\}\})?")


def why_refused(said: str, code: str) -> str:
    """The rules that the map breaks, as sentences; empty where ``said`` is of something else.

    ``code`` is the source's text without its comments.
    """
    refused = _REFUSED.search(said)
    number = _ERRORS.get(refused.group(2).strip()) if refused else None
    if refused is None or number is None:
        return ""
    declared = _declared(refused.group(1), code)
    if declared is None:
        return map_rules.possible(number)
    broken = map_rules.broken_here(declared, number)
    for how in _HOW_WITH_LIBBPF.findall(broken):
        broken = broken.replace(how, "")
    return broken or map_rules.possible(number)


def _declared(name: str, code: str) -> MapSpec | None:
    for macro, inside in _DECLARATION.findall(code):
        words = [word.strip() for word in inside.split(",")]
        if macro in _TYPES and words[0] == name:
            flags = map_rules.NO_PREALLOC if macro == "BPF_LPM_TRIE" else 0
            # The number of entries comes last, and may be left out.
            return map_rules.usual(name, _TYPES[macro], _number(words[-1], 1), flags)
        if macro in ("BPF_TABLE", "BPF_F_TABLE") and len(words) >= 5 and words[3] == name:
            map_type = words[0].strip('"')
            flags = 0
            if len(words) > 5:
                flags = map_rules.flags_of(words[5], map_rules.NO_PREALLOC if map_type == "lpm_trie" else 0)
            return map_rules.usual(name, map_type, _number(words[4], 1), flags)
    return None


def _number(word: str, unknown: int) -> int:
    try:
        return int(word.rstrip("uUlL"), 0)
    except ValueError:
        return unknown
