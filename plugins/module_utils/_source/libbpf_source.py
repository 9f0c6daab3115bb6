# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""C sources that are written for libbpf, as most tutorials have them: how to recognise one, and what to do with it.

bcc compiles sources that are written for bcc. What it makes of others is either
an error about a missing header or, worse, a program without its maps.
"""

from __future__ import annotations

import re

# Headers and macros of libbpf's alone. Sections for programs are not among them: bcc has the macro SEC as well.
_MARKS = re.compile(
    r"""^[ \t]*\#[ \t]*include[ \t]*[<"](?:[^>"\n]*/)?(?P<header>bpf_(?:helpers|helper_defs|endian|tracing|core_read)\.h|vmlinux\.h)[>"]
    | \bSEC\s*\(\s*"\.?maps"
    | \b(?:__ksym|__kconfig|BPF_CORE_READ)\b""",
    re.MULTILINE | re.VERBOSE,
)

_PACKAGES = "libbpf-dev on Debian and Ubuntu, libbpf-devel on Fedora and RHEL, libbpf on Arch"


def is_for_libbpf(code: str) -> bool:
    """Whether C text (best without its comments) has what only sources for libbpf have."""
    return _MARKS.search(code) is not None


def way_out(name: str, code: str) -> str:
    """How to make an object of such a source, in whole sentences. ``name`` is the file's, without directories."""
    stem = name[: -len(".c")] if name.endswith(".c") else name
    from_kernel = _includes_vmlinux(code)
    options = ""
    if from_kernel:
        options = " -DBPF_NO_PRESERVE_ACCESS_INDEX"
    text = (
        f"Build it with clang and give src the object: clang -O2 -g -target bpf{options} "
        f'-I"/usr/include/$(uname -m)-linux-gnu" -c {name} -o {stem}.o. '
        f"Its headers bpf/*.h come with {_PACKAGES}"
    )
    if from_kernel:
        text += (
            ". vmlinux.h is made by bpftool btf dump file /sys/kernel/btf/vmlinux format c > vmlinux.h; the option -D "
            "keeps it from asking for relocations to the running kernel (CO-RE), which packet headers and xdp_md never "
            "need and this collection cannot do yet"
        )
    return text


def _includes_vmlinux(code: str) -> bool:
    return any(mark.group("header") == "vmlinux.h" for mark in _MARKS.finditer(code))
