# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From C text in libbpf's style to an ELF object, by the host's clang.

The same source, defines, compiler, headers and ``vmlinux.h`` give the same
object wherever it is compiled: it is compiled in its own directory by relative
names, and without what the environment says.
"""

from __future__ import annotations

import ctypes
import glob
import hashlib
import os
import re
import signal
import subprocess
import tempfile
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source import clang_lines, clang_tools, source_files
from ansible_collections.ebpf.xdp.plugins.module_utils._source.compiler_limits import Limits, set_on_this_process
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import HeadersNeeded, Source

CLANG_PACKAGES = "clang on Debian, Ubuntu, Fedora, RHEL and Arch"
LIBBPF_PACKAGES = "libbpf-dev on Debian and Ubuntu, libbpf-devel on Fedora and RHEL, libbpf on Arch"
BPFTOOL_PACKAGES = "bpftool on Debian, Fedora, RHEL and Arch, linux-tools-common on Ubuntu"

# v1 is what clang takes by itself up to version 19, so that tags are those of an object that was built by hand.
# It is named because later versions take v3: the same source is to become the same instructions. Every kernel has v1.
_OPTIONS = ("-x", "c", "-O2", "-g", "-target", "bpf", "-mcpu=v1")

_SOURCE, _OBJECT, _SYSTEM = "source.c", "object.o", "system"
_VMLINUX = "vmlinux.h"
_BTF = "/sys/kernel/btf/vmlinux"

_INCLUDES_VMLINUX = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]vmlinux\.h[>"]', re.MULTILINE)

# By machine what libbpf's bpf_tracing.h, and many a vmlinux.h, go by.
_TARGETS = {
    "x86_64": "x86",
    "aarch64": "arm64",
    "s390x": "s390",
    "ppc64le": "powerpc",
    "riscv64": "riscv",
    "loongarch64": "loongarch",
}

# Characters of what the compiler says that are kept.
_LONGEST_LOG = 1 << 16

_PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h


class Failed(Exception):
    """clang made no object. ``said`` is what it wrote, ``status`` as ``subprocess`` has it."""

    def __init__(self, said: str, status: int, no_vmlinux: str) -> None:
        super().__init__(said)
        self.said = said
        self.status = status
        #: Why ``vmlinux.h`` could not be made; empty where that was not tried.
        self.no_vmlinux = no_vmlinux


class Made(NamedTuple):
    """What clang made of a source."""

    #: The ELF object's file.
    object: bytes
    #: Such as ``clang 14.0.6``.
    compiler: str


def require_headers(source: Source, sent: dict[str, str]) -> Source:
    """The source with all of its headers on this host; ``sent`` has paths by name. Raises ``HeadersNeeded``."""
    headers = tuple(header._replace(path=sent.get(header.name, header.path)) for header in source.headers)
    missing = [header.name for header in headers if not header.path]
    if missing:
        raise HeadersNeeded(source.name, missing)
    return source._replace(headers=headers)


def compile_text(source: Source, flags: list[str], limits: Limits) -> Made:
    """Compile in a temporary directory that only this user can read. Raises ``XdpError``, or ``Failed``."""
    clang = clang_tools.find("clang")
    if clang is None:
        raise XdpError(
            f"Compiling {source.name} needs clang, which this host does not have. Install it: {CLANG_PACKAGES}"
        )
    with tempfile.TemporaryDirectory(prefix="xdp-compile-") as top:
        top = os.path.realpath(top)
        files = clang_lines.files_of(source.text)
        # Apart from what is compiled, so that no header is ever found here.
        directory = os.path.join(top, "lines", *["d"] * clang_lines.levels_above(list(files)))
        os.makedirs(directory)
        clang_lines.write(directory, os.path.join(top, "lines"), files)
        headers = os.path.join(top, "source")
        no_vmlinux = _write(headers, source, limits)
        here = os.path.relpath(headers, directory)
        command = [clang, *_OPTIONS, *_places(here), *flags, "-c", f"{here}/{_SOURCE}", "-o", f"{here}/{_OBJECT}"]
        said, status = _run(command, directory, limits, os.path.join(top, "log"))
        if status != 0:
            raise Failed(said, status, no_vmlinux)
        with open(os.path.join(headers, _OBJECT), "rb") as file:
            made = file.read()
        version, _status = _run([clang, "--version"], directory, limits, os.path.join(top, "version"))
    return Made(made, _name(version))


def _name(said: str) -> str:
    """The compiler's name and version, from the first line that ``--version`` prints."""
    found = re.search(r"clang version (\d[\w.]*)", said)
    return f"clang {found.group(1)}" if found else "clang"


def _write(directory: str, source: Source, limits: Limits) -> str:
    """Make a directory with all that the compiler reads; returns why ``vmlinux.h`` is not there although it is included."""
    # The C library's headers ask for this one on any machine that they do not know, as which BPF appears to them.
    stubs = os.path.join(directory, _SYSTEM, "gnu")
    os.makedirs(stubs)
    _write_text(os.path.join(stubs, "stubs.h"), "")
    _write_text(os.path.join(directory, _SOURCE), source.text)
    for header in source.headers:
        text = source_files.read(header.path)
        if hashlib.sha256(text.encode()).hexdigest() != header.digest:
            raise XdpError(f"{header.name} changed while {source.name} was compiled. Run the task again")
        _write_text(os.path.join(directory, header.name), text)
    vmlinux = os.path.join(directory, _VMLINUX)
    if os.path.lexists(vmlinux) or not _INCLUDES_VMLINUX.search(source.text):
        return ""
    return _make_vmlinux(vmlinux, limits)


def _write_text(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _make_vmlinux(path: str, limits: Limits) -> str:
    """Write the running kernel's types; returns why that cannot be done, or an empty text."""
    bpftool = clang_tools.find("bpftool")
    if bpftool is None:
        return f"vmlinux.h is not beside the source, and making it needs bpftool. Install it: {BPFTOOL_PACKAGES}"
    if not os.path.exists(_BTF):
        return f"vmlinux.h is not beside the source, and this kernel has no {_BTF} to make it of. Put one beside the source"
    command = [bpftool, "btf", "dump", "file", _BTF, "format", "c"]
    said, status = _run(command, "/", limits, f"{path}.log", path)
    if status == 0:
        return ""
    os.unlink(path)
    return f"vmlinux.h is not beside the source, and bpftool cannot make it: {said or f'exit status {status}'}"


def _places(here: str) -> list[str]:
    """Where headers are, and what stands for the directory in the object; ``here`` has the source."""
    machine = os.uname().machine
    # Distributions with several architectures keep asm/*.h here, where clang looks for its own machine only.
    multiarch = [path for path in sorted(glob.glob(f"/usr/include/{machine}-linux-gnu*")) if os.path.isdir(path)]
    options = ["-fdebug-compilation-dir=.", f"-I{here}", "-isystem", f"{here}/{_SYSTEM}"]
    for path in multiarch:
        options += ["-idirafter", path]
    target = _TARGETS.get(machine)
    return [*options, f"-D__TARGET_ARCH_{target}"] if target else options


def _run(command: list[str], directory: str, limits: Limits, log: str, output: str | None = None) -> tuple[str, int]:
    """What a command said, and its status; its standard output goes to the file ``output``, or is part of that."""
    parent = os.getpid()

    def begin() -> None:
        # As a child of this collection does (_process/serve.py): it can be ended, and ends with who wanted its work.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        set_on_this_process(limits)

    with open(log, "wb") as said, open(output or os.devnull, "wb") as out:
        try:
            # Not AnsibleModule's run_command: this layer knows no Ansible, and clang obeys variables.
            done = subprocess.run(  # pylint: disable=ansible-bad-function,subprocess-popen-preexec-fn
                command,
                stdin=subprocess.DEVNULL,
                stdout=out if output else said,
                stderr=said,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                cwd=directory,
                start_new_session=True,
                preexec_fn=begin,
                check=False,
            )
        except OSError as error:
            raise KernelError(f"Cannot start {command[0]}", error.errno or 0) from error
    with open(log, encoding="utf-8", errors="replace") as file:
        return file.read(_LONGEST_LOG).strip(), done.returncode
