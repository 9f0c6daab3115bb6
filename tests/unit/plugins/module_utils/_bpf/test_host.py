# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("6.1.0-13-amd64", (6, 1)),
        ("5.10.0", (5, 10)),
        ("5.9.16-200.fc33.x86_64", (5, 9)),
        ("6.10-rc3", (6, 10)),
        ("4.18.0-553.el8_10.x86_64", (4, 18)),
        ("10.0.1", (10, 0)),
        ("6.6.87.2-microsoft-standard-WSL2", (6, 6)),
        ("6", (0, 0)),
        ("", (0, 0)),
        ("kernel-6.1", (0, 0)),
    ],
)
def test_releases(release: str, version: tuple[int, int]) -> None:
    assert host.parse_release(release) == version


def status(effective: str) -> str:
    return (
        "Name:\tpython3\nUid:\t0\t0\t0\t0\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\n"
        f"CapEff:\t{effective}\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n"
    )


@pytest.mark.parametrize(
    ("effective", "missing"),
    [
        ("000001ffffffffff", []),
        ("0000000000201000", []),
        ("0000000000200000", ["CAP_NET_ADMIN"]),
        ("0000000000001000", ["CAP_SYS_ADMIN"]),
        # CAP_BPF alone
        ("0000008000000000", ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]),
        ("0000000000000000", ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]),
    ],
)
def test_effective_capabilities_count(effective: str, missing: list[str]) -> None:
    assert host.missing_capabilities(status(effective)) == missing


def test_a_status_that_says_nothing_of_capabilities_means_none() -> None:
    assert host.missing_capabilities("Name:\tpython3\n") == ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]


@pytest.mark.parametrize(
    ("ranges", "numbers"),
    [
        ("0\n", [0]),
        ("0-1\n", [0, 1]),
        ("0,1\n", [0, 1]),
        ("0-3,4-7\n", [0, 1, 2, 3, 4, 5, 6, 7]),
        # bpf_percpu_array_copy (kernel/bpf/arraymap.c) puts the values of the possible CPUs
        # one after the other: where numbers are left out, nothing is left out between the values.
        ("0-3,8\n", [0, 1, 2, 3, 8]),
        ("0,2,4-5\n", [0, 2, 4, 5]),
        ("1", [1]),
    ],
)
def test_possible_cpus_are_those_listed(ranges: str, numbers: list[int]) -> None:
    assert host.parse_cpus(ranges) == numbers


def test_a_process_may_have_as_many_files_open_as_its_hard_limit_allows() -> None:
    program = (
        "import resource as r\n"
        "from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host\n"
        "r.setrlimit(r.RLIMIT_NOFILE, (40, 400))\n"
        "host.allow_files()\n"
        "print(*r.getrlimit(r.RLIMIT_NOFILE))"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert said == "400 400\n"


def test_a_limit_that_cannot_be_raised_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_which: int, _limits: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(host.resource, "getrlimit", lambda _which: (1024, host.resource.RLIM_INFINITY))
    monkeypatch.setattr(host.resource, "setrlimit", refuse)
    host.allow_files()
