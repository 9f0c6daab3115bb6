# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot be chained."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP_DEVMAP, KernelReference, ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._chain.some_members import EXIT, simple, with_tails

_KFUNC = KernelReference(0, "bpf_xdp_metadata_rx_hash", "function")


def refused(members: Sequence[Member], *words: str, **options: bool) -> None:
    with pytest.raises(XdpError) as refusal:
        link(members, **options)
    for word in ("chain: ", *words):
        assert word in str(refusal.value)


def test_the_longest_name() -> None:
    assert link([Member("x" * 32, simple())]).members


def test_maps() -> None:
    def members(*counts: int) -> list[Member]:
        return [
            Member(f"m{number}", simple(*(f"map{each}" for each in range(count))))
            for number, count in enumerate(counts)
        ]

    assert link(members(30, 31)).members
    refused(members(30, 32), "65 maps", "m0 30, m1 32, and the chain itself 3")
    assert link(members(30, 34), count=False).members
    refused(members(30, 35), "65 maps", "m0 30, m1 35", count=False)


def _deep(frames: int) -> ObjectSpec:
    code = b"".join(struct.pack("=BBhi", 0x85, 0x10, 0, 1) + EXIT for _each in range(frames - 1)) + EXIT
    return ObjectSpec((simple().programs[0]._replace(instructions=code),), ())


def test_frames() -> None:
    assert link([Member("one", _deep(7))]).members
    refused([Member("one", _deep(8))], "one: its functions call each other 8 deep", "these are 9, and the")


def test_stack() -> None:
    def member(size: int) -> Member:
        code = struct.pack("=BBhi", 0x7B, 0x1A, -size, 0) + EXIT
        return Member("one", ObjectSpec((simple().programs[0]._replace(instructions=code),), ()))

    assert link([member(512)]).members
    refused([member(520)], "one: its functions take 528 bytes of stack")


def test_exceptions() -> None:
    throwing = simple(kernel=(KernelReference(0, "bpf_throw", "function"),))
    refused([Member("one", throwing)], "one: it throws exceptions")


@pytest.mark.parametrize(
    ("licenses", "merged"),
    [
        (("GPL", "GPL"), "GPL"),
        (("Dual BSD/GPL", "Dual BSD/GPL"), "Dual BSD/GPL"),
        (("Dual BSD/GPL", "GPL v2"), "GPL"),
        (("Apache-2.0", "Apache-2.0"), "Apache-2.0"),
        (("GPL", "Proprietary"), "Proprietary"),
        (("", "GPL"), ""),
        (("BSD", "GPL", "MIT", "BSD"), "BSD and MIT"),
        (("GPL ", "GPL"), "GPL "),
        (("x" * 127, "y"), "x" * 127),
    ],
)
def test_licences(licenses: tuple[str, ...], merged: str) -> None:
    members = [Member(f"m{number}", simple(licence=licence)) for number, licence in enumerate(licenses)]
    assert link(members).programs[0].license == merged


def test_functions_of_the_kernel_need_a_compatible_licence() -> None:
    calling = Member("one", simple(kernel=(_KFUNC,)))
    assert link([calling, Member("two", simple(licence="Dual MIT/GPL"))]).members
    refused(
        [calling, Member("two", simple(licence="Proprietary"))],
        "the member one calls bpf_xdp_metadata_rx_hash",
        "two is not: its licence is 'Proprietary'",
    )


@pytest.mark.parametrize("name", ["", "a b", "a:b", "1a", "a-b", "é", "x" * 33, "a.b", "a/b", "a\n", "chain"])
def test_names(name: str) -> None:
    with pytest.raises(XdpError, match="cannot be the name of a member"):
        link([Member("one", simple()), Member(name, simple())])


def test_members_that_cannot_be() -> None:
    one, two = Member("one", simple()), Member("two", simple())
    refused([], "it has no members")
    refused([Member(f"m{number}", simple()) for number in range(17)], "it has 17 members, and can have 16")
    refused([Member("one", simple(), "mian")], "one: There is no program mian")
    refused([Member("one", with_tails())], "one: There are several programs")
    refused([Member("one", link([one]))], "one: it is a chain itself")
    refused([Member("one", simple(attach_type=XDP_DEVMAP), "main")], "is for a devmap or cpumap")
    for members, words in (
        ([one, one], "one is there twice"),
        ([one._replace(proceed_on=("XDP_PASS",))], "'XDP_PASS' is not a verdict"),
        ([one._replace(proceed_on=()), two], "which no packet would reach"),
    ):
        with pytest.raises(XdpError, match=words):
            link(members)
    assert link([one, two._replace(proceed_on=())]).members
