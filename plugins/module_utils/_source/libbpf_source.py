# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which compiler a C source is for: sources in libbpf's style are for clang, all others for bcc.

The content decides, because the two kinds have the same file names. What marks
a source for libbpf is what bcc cannot compile (sections, variables, externs), or
what only libbpf's headers provide.
"""

from __future__ import annotations

import re

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Values of the option ``compiler``.
COMPILERS = ("auto", "bcc", "clang")

# Lines that define macros do not count: xdp_program.h, which serves both compilers, has a section in one.
_MARKS = re.compile(
    r"""^[ \t]*(\#[ \t]*include[ \t]*[<"](?:[^>"\n]*/)?(?:bpf_(?:helpers|helper_defs|endian|tracing|core_read)|vmlinux[\w-]*)\.h[>"])
    | ^[^\#\n]*?\b(SEC[ \t]*\(\s*"[^"\n]*"?)
    | ^[^\#\n]*?\b(section[ \t]*\([ \t]*"license")
    | ^((?:static[ ])?const[ ]volatile)\b
    | \b(__ksym|__kconfig|BPF_CORE_READ)\b""",
    re.MULTILINE | re.VERBOSE,
)

_PINNED_BY_MACRO = re.compile(r"\bBPF_\w(?P<rest>\w*)\s*\(")


def libbpf_mark(code: str) -> str:
    """The first thing in C text (without its comments) that only sources for libbpf have; empty when there is none."""
    found = _MARKS.search(code)
    return " ".join(found.group(found.lastindex or 0).split()) if found else ""


def compiler_for(path: str, code: str, wanted: str) -> str:
    """``bcc`` or ``clang``; raises ``XdpError`` when bcc is wanted for what it cannot do.

    ``code`` is the text with its headers and without its comments, ``wanted`` the option ``compiler``.
    """
    mark = libbpf_mark(code)
    if wanted == "clang" or (mark and wanted == "auto"):
        return "clang"
    if mark:
        raise XdpError(
            f"{path} is a source for libbpf, which bcc cannot compile: it has {short(mark)}. "
            f"Leave compiler at auto, or set it to clang"
        )
    if "maps/pinned" in code or any("_PINNED" in macro.group("rest") for macro in _PINNED_BY_MACRO.finditer(code)):
        raise XdpError(
            f"{path} pins a map itself. Declare the map without a pin: "
            f"xdp_pin pins every map of a program under its own directory"
        )
    return "bcc"
