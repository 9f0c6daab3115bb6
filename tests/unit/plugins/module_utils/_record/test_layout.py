# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import (
    STAGED,
    Layout,
    check_name,
    free_staged,
    is_interface_name,
    link_name,
)


@pytest.mark.parametrize("name", ["a", "edge", "Edge_2-b", "-", "_", "7", "record", "x" * 64])
def test_names_that_a_pin_set_can_have(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a.b", "a/b", "/", "a b", "a\n", "\n", "é", "٣", "a~", "a%", "\0", "x" * 65]
)
def test_names_that_a_pin_set_cannot_have(name: str) -> None:
    with pytest.raises(XdpError) as caught:
        Layout("/sys/fs/bpf/ansible", name)
    assert str(caught.value) == (
        f"{name!r} cannot be the name of a pin set. Use 1 to 64 letters, digits, underscores and hyphens"
    )


def test_paths() -> None:
    layout = Layout("/sys/fs/bpf/ansible", "edge")
    assert layout.pin_root == "/sys/fs/bpf/ansible"
    assert layout.path == "/sys/fs/bpf/ansible/edge"
    assert layout.record == "/sys/fs/bpf/ansible/edge/record"
    assert layout.directories == {
        "maps": "/sys/fs/bpf/ansible/edge/maps",
        "programs": "/sys/fs/bpf/ansible/edge/programs",
        "links": "/sys/fs/bpf/ansible/edge/links",
    }
    assert layout.map("stats") == "/sys/fs/bpf/ansible/edge/maps/stats"
    assert layout.program("pass") == "/sys/fs/bpf/ansible/edge/programs/pass"
    assert layout.link("eth0") == "/sys/fs/bpf/ansible/edge/links/eth0"
    assert layout.link("eth0.100") == "/sys/fs/bpf/ansible/edge/links/eth0%2E100"


@pytest.mark.parametrize(
    ("interface", "name"),
    [
        ("eth0", "eth0"),
        ("eth0.100", "eth0%2E100"),
        ("a.b.c", "a%2Eb%2Ec"),
        ("a%b", "a%25b"),
        ("a%2Eb", "a%252Eb"),
        ("wg-home_1@x", "wg-home_1@x"),
        ("...", "%2E%2E%2E"),
    ],
)
def test_interfaces_as_names_without_dots(interface: str, name: str) -> None:
    assert link_name(interface) == name


def test_different_interfaces_have_different_names() -> None:
    names = ["".join(letters) for length in range(1, 6) for letters in itertools.product(".%25E", repeat=length)]
    escaped = {link_name(name) for name in names}
    assert len(escaped) == len(names)
    assert not any("." in name for name in escaped)


def test_no_interface_has_the_name_of_a_pin_that_is_about_to_take_anothers_place() -> None:
    # dev_valid_name (net/core/dev.c) refuses only slashes, colons and blanks.
    assert link_name("eth0~") != link_name("eth0") + STAGED


def test_a_staged_name_is_one_that_no_left_over_has() -> None:
    assert free_staged("/x/pass", []) == "/x/pass~"
    assert free_staged("/x/pass", ["/x/pass~", "/x/pass~~", "/x/drop~~~"]) == "/x/pass~~~"


@pytest.mark.parametrize("name", ["eth0", "eth0.100", "br-1a2b3c", "x" * 15, "-x", "ä", "a\x1bb", "_"])
def test_the_kernel_would_call_an_interface_so(name: str) -> None:
    assert is_interface_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a b", "a\n", "a:1", "a\0", "x" * 16, "ä" * 8])
def test_the_kernel_would_not_call_an_interface_so(name: str) -> None:
    assert not is_interface_name(name)
