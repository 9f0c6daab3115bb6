# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said where clang makes no object."""

from __future__ import annotations

import signal

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source import c_to_spec, clang
from ansible_collections.ebpf.xdp.plugins.module_utils._source.compiler_limits import Limits
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Header, HeadersNeeded, Source

SOURCE = Source("prog.c", 'SEC("xdp") int f(struct xdp_md *ctx) { return 2; }\n')
FOR_ANY = Source("prog.c", "int f(struct xdp_md *ctx) { return XDP_PAS; }\n")


def refusal(
    monkeypatch: pytest.MonkeyPatch, said: str, status: int = 1, source: Source = SOURCE, no_vmlinux: str = ""
) -> str:
    def fails(*_arguments: object) -> None:
        raise clang.Failed(said, status, no_vmlinux)

    monkeypatch.setattr(clang, "compile_text", fails)
    with pytest.raises(XdpError) as caught:
        c_to_spec.by_clang(source, [], Limits(), {}, {})
    return str(caught.value)


def test_errors_are_the_compilers_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, "prog.c:1:1: error: no") == "prog.c does not compile:\nprog.c:1:1: error: no"


@pytest.mark.parametrize("status", [-signal.SIGXCPU, 128 + signal.SIGXCPU])
def test_too_much_cpu_time_names_the_limit(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    assert refusal(monkeypatch, "Stack dump:", status).startswith("Compiling prog.c took more than 60 seconds of CPU")


@pytest.mark.parametrize("status", [1, -signal.SIGABRT, 127])
def test_want_of_memory_is_quoted_from_what_says_it(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    said = refusal(monkeypatch, "LLVM ERROR: out of memory\nAllocation failed\n*****", status)
    assert said.startswith(
        "Compiling prog.c ran out of memory: LLVM ERROR: out of memory. compiler_memory_mib allows 2048"
    )


def test_a_crash_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, "PLEASE submit a bug report", -signal.SIGSEGV)
    assert said.startswith("The compiler died while compiling prog.c: killed by SIGSEGV\nPLEASE submit")


def test_why_vmlinux_h_could_not_be_made_is_said_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = "prog.c:1:10: fatal error: 'vmlinux.h' file not found"
    assert refusal(monkeypatch, missing, no_vmlinux="It needs bpftool") == (
        f"prog.c does not compile:\n{missing}\nIt needs bpftool"
    )
    # One in a branch that is not compiled is not missed.
    assert "bpftool" not in refusal(monkeypatch, "prog.c:2:1: error: no", no_vmlinux="It needs bpftool")


def test_missing_headers_name_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clang.clang_tools, "_HEADER", "/nonexistent")
    for header, package in (
        ("bpf/bpf_helpers.h", "libbpf-dev on Debian"),
        ("linux/bpf.h", "linux-libc-dev on Debian"),
        ("asm/types.h", "linux-libc-dev on Debian"),
    ):
        assert f"Install them: {package}" in refusal(monkeypatch, f"fatal error: '{header}' file not found")


def test_a_source_without_marks_may_be_one_for_bcc(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, "error: XDP_PAS", source=FOR_ANY)
    assert said.endswith("nothing in it is for libbpf. If it is a source for bcc, leave compiler at auto")


def test_text_that_is_no_program_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, "error", source=Source("notes.txt", '#include "vmlinux.h"\n'))
    assert "is it the right file?" in said


def test_headers_are_those_of_this_host_or_those_that_were_sent() -> None:
    source = SOURCE._replace(headers=(Header("vmlinux.h", "a" * 64), Header("vmlinux_2.h", "b" * 64, "/here")))
    found = clang.require_headers(source, {"vmlinux.h": "/sent"}).headers
    assert [header.path for header in found] == ["/sent", "/here"]
    with pytest.raises(HeadersNeeded, match=r"Compiling prog\.c needs vmlinux\.h, which did not arrive on this host"):
        clang.require_headers(source, {})


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu", "clang 14.0.6"),
        ("Ubuntu clang version 18.1.3 (1ubuntu1)", "clang 18.1.3"),
        ("clang version 19.1.7 (Fedora 19.1.7-1.fc41)", "clang 19.1.7"),
        ("something else", "clang"),
    ],
)
def test_the_compiler_is_named_with_its_version(said: str, name: str) -> None:
    assert clang._name(said) == name
