# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From a C source to an object spec, by the compiler that it is for."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Any

from ansible_collections.ebpf.xdp.plugins.module_utils import _parts
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source import compiler, compiler_limits
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Source, clang_digest

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.clang import Failed

_NO_USER_API = re.compile(r"'(?:linux|asm|asm-generic)/[\w/.-]+' file not found")


def compiled(by: str, source: Source, flags: list[str], options: dict[str, Any]) -> compiler.Compiled:
    """Compile by ``bcc`` or ``clang``; ``options`` are the module's. Raises ``XdpError``."""
    limits = compiler_limits.of_options(options)
    if by == "bcc":
        from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host

        host.require()  # bcc makes the maps in the kernel while it compiles
        return compiler.compile_source(source, flags, limits)
    return by_clang(source, flags, limits, options["constants"], options["_sent"] or {})


def by_clang(
    source: Source,
    flags: list[str],
    limits: compiler_limits.Limits,
    constants: dict[str, Any],
    sent: dict[str, str],
) -> compiler.Compiled:
    """``sent`` are the paths of headers that came apart from the text, by name."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._source import clang
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants

    included = clang.require_headers(source, sent)
    # Before anything is compiled, as it may have to be sent first.
    reader = _parts.load_part("_elf.reader")
    try:
        made = clang.compile_text(included, flags, limits)
    except clang.Failed as failed:
        raise _failed(source, limits, failed) from failed
    spec = set_constants(reader.read_object(f"made of {source.name}", made.object), constants)
    return compiler.Compiled(spec._replace(source=clang_digest(source, flags, constants)), made.compiler)


def _failed(source: Source, limits: compiler_limits.Limits, failed: Failed) -> XdpError:
    """The error for what clang says, or for how it died."""
    if failed.status in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        return compiler.died(source, limits, -signal.SIGXCPU, failed.said)
    if failed.status < 0 or compiler_limits.is_out_of_memory(failed.said):
        return compiler.died(source, limits, failed.status, failed.said)
    advice = _advice(source, failed)
    return XdpError(f"{source.name} does not compile:\n{failed.said}\n{advice}".strip())


def _advice(source: Source, failed: Failed) -> str:
    """What is missing on this host, or why the source may not be one for clang; empty when nothing is known."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._source import (
        clang,
        clang_tools,
        libbpf_source,
        source_files,
    )

    said = failed.said
    if failed.no_vmlinux and "'vmlinux.h' file not found" in said:
        return failed.no_vmlinux
    if "'bpf/bpf_" in said and not clang_tools.has_libbpf_headers():
        return f"The headers bpf/*.h are libbpf's. Install them: {clang.LIBBPF_PACKAGES}"
    if _NO_USER_API.search(said):
        return f"The headers linux/*.h are the kernel's user API. Install them: {compiler.HEADER_PACKAGES}"
    code = source_files.without_comments(source.text)
    if not libbpf_source.libbpf_mark(code):
        return "compiler is clang, and nothing in it is for libbpf. If it is a source for bcc, leave compiler at auto"
    return compiler.no_program(code)
