# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What compiling may take, and how it is said that it took more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._process import child
from ansible_collections.ebpf.xdp.plugins.module_utils._source import compiler, compiler_limits
from ansible_collections.ebpf.xdp.plugins.module_utils._source.compiler_limits import Limits
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import ARGUMENTS
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Source

SOURCE = Source("prog.c", "int f(struct xdp_md *ctx) { return 2; }\n")

_LIMITED = """
from ansible_collections.ebpf.xdp.plugins.module_utils._source.compiler_limits import Limits, set_on_this_process
set_on_this_process(Limits(cpu_seconds=1, memory_mib=512))
"""


def refusal(monkeypatch: pytest.MonkeyPatch, outcome: Any, source: Source = SOURCE) -> str:
    def run(module: str, request: Any) -> Any:
        assert request["limits"] == Limits()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(child, "run", run)
    with pytest.raises(XdpError) as caught:
        compiler.compile_source(source, [])
    return str(caught.value)


def limited(work: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _LIMITED + work],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_options_are_the_limits() -> None:
    defaults = {name: argument.get("default") for name, argument in ARGUMENTS.items()}
    assert compiler_limits.of_options(defaults) == Limits()
    with pytest.raises(
        XdpError, match="compiler_maps_mib: -1 is not from 0 to 2147483647, where 0 stands for no limit"
    ):
        compiler_limits.of_options({**defaults, "compiler_maps_mib": -1})


def test_a_process_that_computes_without_end_is_ended() -> None:
    assert limited("while True: pass").returncode == -signal.SIGXCPU


def test_a_process_gets_no_more_memory_than_it_may_take() -> None:
    ended = limited("bytearray(1 << 30)")
    assert ended.returncode == 1
    assert compiler_limits.is_out_of_memory(ended.stderr)
    assert limited("bytearray(1 << 20)").returncode == 0


def test_too_much_cpu_time_names_the_limit_and_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    died = subprocess.CalledProcessError(-signal.SIGXCPU, "python3", stderr=b"")
    assert refusal(monkeypatch, died) == (
        "Compiling prog.c took more than 60 seconds of CPU time, which is what compiler_cpu_seconds allows. "
        "If the source needs more, raise it; look for macros that expand without end"
    )


def test_a_child_that_dies_before_the_compiler_says_anything_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    died = subprocess.CalledProcessError(1, "python3", b"", b"Traceback:\n  File\nImportError: cannot import name\n")
    assert refusal(monkeypatch, died) == (
        "The compiler died while compiling prog.c: exit status 1\nImportError: cannot import name"
    )


@pytest.mark.parametrize(
    "outcome",
    [
        {"out_of_memory": "MemoryError"},
        subprocess.CalledProcessError(1, "python3", b"", b"LLVM ERROR: out of memory"),
        child.NotUsable("/usr/bin/python3: MemoryError"),
        child.NotUsable("/usr/bin/python3: OSError: libLLVM.so: failed to map segment from shared object"),
    ],
)
def test_want_of_memory_is_not_said_to_be_want_of_bcc(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> None:
    said = refusal(monkeypatch, outcome)
    assert said.startswith("Compiling prog.c ran out of memory: ")
    assert "compiler_memory_mib allows 2048 MiB of address space" in said


def test_want_of_bcc_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "needs bcc, which no Python of this host has" in refusal(monkeypatch, child.NotUsable("python3: no bcc"))


def test_text_that_is_no_program_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, {"error": "error"}, Source("notes.txt", "Some notes\n"))
    assert (
        "is it the right file? src is a C source for bcc or clang, an ELF object or a file written by xdp_compile"
        in said
    )


def test_a_source_for_bcc_gets_the_compilers_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("prog.c", '// #include "vmlinux.h"\nint f(struct xdp_md *ctx) { return XDP_PAS; }\n')
    assert refusal(monkeypatch, {"error": "error: XDP_PAS"}, source) == "prog.c does not compile:\nerror: XDP_PAS"
