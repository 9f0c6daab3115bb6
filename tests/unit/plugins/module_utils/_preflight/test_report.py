# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report for people, line by line."""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._preflight import report

KERNEL = {
    "release": "6.1.0-13-amd64",
    "supported": True,
    "bpf": True,
    "bpf_refused": None,
    "btf": True,
    "xdp_link": True,
    "xdp_frags": True,
    "driver_features": False,
}
LIBRARIES = {
    "bcc": "/usr/bin/python3",
    "pyroute2": None,
    "headers": True,
    "clang": "/usr/bin/clang",
    "libbpf_headers": False,
    "bpftool": None,
}


def interface(name: str, **facts: Any) -> dict[str, Any]:
    usual = {"driver": "veth", "mtu": 1500, "mtu_limit": 3506, "mtu_limit_source": "driver"}
    return {"interface": name, **usual, "native": True, "frags": True, "attached": [], **facts}


def program(**facts: Any) -> dict[str, Any]:
    usual = {"mode": "native", "method": "link", "program_id": 42, "program_name": "drop", "dispatcher": False}
    return {**usual, "owner": None, **facts}


def test_the_host() -> None:
    found = {"kernel": KERNEL, "bpffs": {"path": "/sys/fs/bpf", "mounted": True}, "libraries": LIBRARIES}
    assert report.host(found) == [
        "kernel     6.1.0-13-amd64: bpf_link yes, frags yes, driver features no, BTF yes",
        "bpffs      /sys/fs/bpf",
        "libraries  bcc yes, pyroute2 no, headers yes",
        "clang      clang yes, libbpf_headers no, bpftool no",
    ]


def test_a_host_that_cannot() -> None:
    kernel = {**KERNEL, "release": "4.18.0", "supported": False, "xdp_link": False, "xdp_frags": False}
    found = {"kernel": kernel, "bpffs": {"path": None, "mounted": False}, "libraries": LIBRARIES}
    assert report.host(found)[:2] == [
        "kernel     4.18.0, too old: bpf_link no, frags no, driver features no, BTF yes",
        "bpffs      not mounted",
    ]


def test_a_host_that_refuses_bpf() -> None:
    kernel = {
        **KERNEL,
        "bpf": False,
        "bpf_refused": "Operation not permitted (EPERM). This process is in a user namespace",
    }
    found = {"kernel": kernel, "bpffs": {"path": "/sys/fs/bpf", "mounted": True}, "libraries": LIBRARIES}
    assert report.host(found)[1] == (
        "bpf(2)     not usable: Operation not permitted (EPERM). This process is in a user namespace"
    )
    attached = dict.fromkeys(("method", "program_name", "owner", "dispatcher"))
    line = report.table([interface("a", attached=[{**attached, "mode": "generic", "program_id": 42}])], [])[1]
    assert line.endswith("  generic, id 42, unknown")


def test_the_interfaces() -> None:
    interfaces = [
        interface("lo", driver=None, mtu=65536, mtu_limit=None, mtu_limit_source=None, native=False, frags=False),
        interface("enp1s0f0np0", driver="ixgbe", mtu_limit_source="page", native=None, frags=None),
        interface("a", attached=[program(owner="edge")]),
        interface("b", attached=[program(mode="generic", method="netlink", program_name="")]),
    ]
    assert report.table(interfaces, ["eth7"]) == [
        "interface    driver       mtu   limit  native   frags    attached",
        "lo           -          65536       -  no       no       -",
        "enp1s0f0np0  ixgbe       1500  <=3506  unknown  unknown  -",
        "a            veth        1500    3506  yes      yes      native by link, drop id 42, of edge",
        "b            veth        1500    3506  yes      yes      generic by netlink, (none) id 42, foreign",
        "eth7         not there",
    ]


def test_programs_of_several_modes_and_a_dispatcher() -> None:
    attached = [program(mode="generic"), program(program_name="xdp_dispatcher", dispatcher=True)]
    line = report.table([interface("a", attached=attached)], [])[1]
    assert line.endswith(
        "  generic by link, drop id 42, foreign; native by link, xdp_dispatcher id 42, foreign, dispatcher"
    )


def test_without_interfaces_there_is_a_heading() -> None:
    assert report.table([], []) == ["interface  driver  mtu  limit  native  frags  attached"]


def test_names_of_somebody_else_s_choice_move_no_cursor() -> None:
    lines = report.table([interface("a\x1b[2Jbcd", attached=[program(owner="\x9b0m")])], ["\x07"])
    assert lines == [
        "interface    driver      mtu  limit  native  frags  attached",
        "a\\x1b[2Jbcd  veth       1500   3506  yes     yes    native by link, drop id 42, of \\x9b0m",
        "\\x07         not there",
    ]
