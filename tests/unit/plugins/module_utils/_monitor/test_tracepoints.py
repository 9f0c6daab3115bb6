# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.code import Offsets, counting
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.tracepoints import (
    ALWAYS,
    KEY,
    KINDS,
    REDIRECTS,
    Tracepoint,
    missing,
    reason,
)
from hypothesis import given
from hypothesis import strategies as st

_OFFSETS = Offsets(ifindex=224, netns=264, inode=176, aux=80, id=32)


@pytest.mark.parametrize(
    ("kind", "number", "words"),
    [
        (0, 0, "aborted"),
        (0, 3, "tx"),
        (0, 4, "redirect"),
        (0, 5, "invalid_verdict"),
        (0, 0xFFFF, "invalid_verdict"),
        (1, 100, "redirect_enetdown"),
        (1, 22, "redirect_einval"),
        (1, 95, "redirect_eopnotsupp"),
        (2, 6, "devmap_enxio"),
        (2, 28, "devmap_enospc"),
        (2, 0, "devmap_full"),
        (3, 0, "cpumap_full"),
        (1, 9999, "redirect_9999"),
        (9, 1, "unknown_9_eperm"),
    ],
)
def test_reasons(kind: int, number: int, words: str) -> None:
    assert reason(kind, number) == words


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_each_reason_can_be_a_label(kind: int, number: int) -> None:
    assert re.fullmatch("[a-z0-9_]+", reason(kind, number))


def test_the_key_is_as_the_program_puts_it_on_its_stack() -> None:
    assert (KEY.size, KEY.format) == (16, "=3I2H")


@pytest.mark.parametrize("point", [*ALWAYS, *REDIRECTS], ids=lambda point: str(point.name))
def test_programs_end_and_refer_to_both_maps(point: Tracepoint) -> None:
    instructions = counting(point, _OFFSETS, 7, 8)
    code = list(struct.iter_unpack("=BBhi", instructions))
    assert code[-1][0] == 0x95
    assert {value for opcode, registers, _offset, value in code if opcode == 0x18} == {7, 8}
    # Jumps lead forwards, so that it ends.
    assert all(
        offset >= 0 for opcode, _registers, offset, _value in code if opcode & 7 == 5 and opcode not in (0x85, 0x95)
    )
    assert point.kind < len(KINDS)


@pytest.mark.parametrize(
    ("asked", "there", "lacks"),
    [
        (ALWAYS, {"xdp_exception", "xdp_redirect_err", "xdp_redirect_map_err"}, []),
        # As Linux 6 has it.
        (ALWAYS, {"xdp_exception", "xdp_redirect_err"}, []),
        (ALWAYS, {"xdp_exception"}, ["xdp_redirect_err", "xdp_redirect_map_err"]),
        (ALWAYS, {"xdp_exception", "xdp_redirect_map_err"}, ["xdp_redirect_err"]),
        ((*ALWAYS, *REDIRECTS), {"xdp_exception", "xdp_redirect_err", "xdp_devmap_xmit"}, ["xdp_cpumap_enqueue"]),
        (ALWAYS, set(), ["xdp_exception", "xdp_redirect_err", "xdp_redirect_map_err"]),
    ],
)
def test_what_a_kernel_lacks_is_named(asked: tuple[Tracepoint, ...], there: set[str], lacks: list[str]) -> None:
    assert missing(asked, there) == lacks
