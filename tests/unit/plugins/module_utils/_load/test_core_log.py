# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What the verifier's log says of types that the kernel lacks."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_log

# As Linux 6.18 writes it.
_LOG = """\
CO-RE relocating STRUCT xdp_md: found target candidate [13557]
prog '': relo #0: <byte_off> [5] STRUCT xdp_md.data_end (0:1 @ offset 4)
prog '': relo #0: matching candidate #0 <byte_off> [13557] STRUCT xdp_md.data_end (0:1 @ offset 4)
prog '': relo #0: patched insn #1 (LDX/ST/STX) off 4 -> 4
prog '': relo #2: <byte_off> [8] STRUCT net_device___x.nosuch (0:0 @ offset 0)
prog '': relo #2: non-matching candidate #0 <byte_off> [3094] STRUCT net_device (0 @ offset 0)
prog '': relo #2: no matching targets found
prog '': relo #2: substituting insn #6 w/ invalid insn
0: R1=ctx() R10=fp0
; return d->nosuch; @ miss.c:10
"""
_END = """\
6: (85) call unknown#195896080
invalid func unknown#195896080
"""


def test_a_member_that_the_program_reads() -> None:
    assert core_log.missing((_LOG + _END).splitlines(), {}) == "struct net_device___x.nosuch"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        # As Linux 5.17 writes it.
        (
            "prog '': relo #2: kind <byte_off> (0), spec is [8] STRUCT sk_buff.nosuch (0:0 @ offset 0)",
            "struct sk_buff.nosuch",
        ),
        ("prog '': relo #2: <enumval_value> [8] ENUM bpf_func_id::BPF_FUNC_x = 5", "enum bpf_func_id::BPF_FUNC_x"),
        ("prog '': relo #2: <target_type_id> [8] STRUCT nosuch", "struct nosuch"),
        ("prog '': relo #2: <byte_off> [8] UNION u.<anon>", "union u.<anon>"),
    ],
)
def test_each_kind_in_the_words_of_the_source(line: str, named: str) -> None:
    log = [line, "prog '': relo #2: substituting insn #6 w/ invalid insn", "6: (85) call unknown#195896080"]
    assert core_log.missing(log, {}) == named


@pytest.mark.parametrize(
    "log",
    [
        "",
        _LOG,  # it is in code that cannot be reached, and the program is rejected for another reason
        _LOG + "7: (85) call unknown#195896080\n",
        _LOG + "6: (85) call unknown#212\n",
        _END,
    ],
)
def test_a_program_that_is_rejected_for_another_reason(log: str) -> None:
    assert core_log.missing(log.splitlines(), {}) is None


def test_an_instruction_that_was_made_invalid_before_the_load() -> None:
    assert core_log.missing(_END.splitlines(), {6: "struct sk_buff.nosuch"}) == "struct sk_buff.nosuch"
    assert core_log.missing(_END.splitlines(), {5: "struct sk_buff.nosuch"}) is None
