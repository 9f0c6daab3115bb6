# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From C text to an object spec, in a child process that has bcc."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._process import child
from ansible_collections.ebpf.xdp.plugins.module_utils._source import bcc_child
from ansible_collections.ebpf.xdp.plugins.module_utils._source.compiler_limits import USUAL, Limits, is_out_of_memory
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Source, digest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec

_PACKAGES = "python3-bpfcc on Debian and Ubuntu, python3-bcc on Fedora and RHEL, python-bcc on Arch"
HEADER_PACKAGES = "linux-libc-dev on Debian and Ubuntu, kernel-headers on Fedora and RHEL, linux-api-headers on Arch"


class Compiled(NamedTuple):
    """A compiled object, and by what."""

    object: ObjectSpec
    #: Its name and version, such as ``bcc 0.26.0``.
    compiler: str


def compile_source(source: Source, flags: list[str], limits: Limits = USUAL) -> Compiled:
    """Compile with bcc, in a temporary directory that only this user can read. Raises ``XdpError``."""
    with tempfile.TemporaryDirectory(prefix="xdp-compile-") as directory:
        request = {"text": source.text, "flags": flags, "directory": directory, "limits": limits}
        try:
            answer = child.run(bcc_child.__name__, request)
        except child.NotUsable as error:
            if is_out_of_memory(str(error)):
                raise out_of_memory(source, limits, str(error)) from error
            raise XdpError(
                f"Compiling {source.name} needs bcc, which no Python of this host has. "
                f"Install it: {_PACKAGES} ({error})"
            ) from error
        except subprocess.CalledProcessError as error:
            raise died(
                source, limits, error.returncode, _log(directory) or child.last_line(error.stderr or b"")
            ) from error
    if "out_of_memory" in answer:
        raise out_of_memory(source, limits, answer["out_of_memory"])
    if "missing_headers" in answer:
        raise XdpError(
            f"Compiling {source.name} needs the kernel's user API headers, but {answer['missing_headers']} is missing. "
            f"Install them: {HEADER_PACKAGES}"
        )
    if "error" in answer:
        said = f"{answer['error']}\n{_advice(source, answer['error'])}".strip()
        raise XdpError(f"{source.name} does not compile:\n{said}")
    spec = spec_text.from_json(answer["object"])._replace(source=digest(source, flags))
    return Compiled(spec, answer["compiler"])


def out_of_memory(source: Source, limits: Limits, said: str) -> XdpError:
    """The error for a compiler that was refused memory; ``said`` is its own message."""
    allowed = f"{limits.memory_mib} MiB of address space" if limits.memory_mib else "any amount"
    return XdpError(
        f"Compiling {source.name} ran out of memory: {said}. compiler_memory_mib allows {allowed}. If the source "
        f"needs more, raise it; look for macros that expand without end, and whether the host has memory left"
    )


def died(source: Source, limits: Limits, status: int, said: str) -> XdpError:
    """The error for a child that ended without an answer; ``said`` is what the compiler wrote before."""
    if status == -signal.SIGXCPU:
        return XdpError(
            f"Compiling {source.name} took more than {limits.cpu_seconds} seconds of CPU time, which is what "
            f"compiler_cpu_seconds allows. If the source needs more, raise it; look for macros that expand without end"
        )
    if is_out_of_memory(said):
        return out_of_memory(source, limits, next(filter(is_out_of_memory, said.splitlines())).strip())
    return XdpError(f"The compiler died while compiling {source.name}: {_death(status)}\n{said}")


def _death(status: int) -> str:
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"


def _advice(source: Source, said: str) -> str:
    """Which rule a map breaks, or what may help with a source that was not written for bcc; empty when nothing is known."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._source import bcc_maps, source_files

    code = source_files.without_comments(source.text)
    return bcc_maps.why_refused(said, code) or no_program(code)


def no_program(code: str) -> str:
    """A question about text that compiles to no XDP program; empty for what may be one."""
    if "xdp_md" in code:
        return ""
    return (
        "Nothing in it takes a struct xdp_md, so is it the right file? src is a C source for bcc or clang, an ELF object "
        "or a file written by xdp_compile"
    )


def _log(directory: str) -> str:
    """What the compiler said before it died: LLVM ends the process at a fatal error."""
    try:
        return bcc_child.read_log(directory)
    except OSError:
        return ""
