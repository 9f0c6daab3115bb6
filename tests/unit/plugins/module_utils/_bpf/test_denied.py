# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why bpf(2) is refused, from what /proc says."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import denied

INITIAL = 4026531837
STATUS = "Name:\tpython3\nCapEff:\t000001ffffffffff\nNoNewPrivs:\t0\nSeccomp:\t{}\nSeccomp_filters:\t{}\n"


@pytest.mark.parametrize(
    ("namespace", "seccomp", "lockdown", "words"),
    [
        (4026532567, 0, "[none] integrity confidentiality\n", ["user namespace"]),
        (INITIAL, 2, "[none] integrity confidentiality\n", ["seccomp filter"]),
        (INITIAL, 0, "none [integrity] confidentiality\n", ["locked down (integrity)"]),
        (INITIAL, 0, "none integrity [confidentiality]\n", ["locked down (confidentiality)"]),
        (4026532567, 2, "", ["user namespace", "seccomp filter"]),
        # Mode 1 allows read, write and exit alone: such a process asks nothing any more.
        (INITIAL, 1, "[none] integrity confidentiality\n", ["security module"]),
        (None, 0, "", ["security module"]),
    ],
)
def test_each_cause_is_named(namespace: int | None, seccomp: int, lockdown: str, words: list[str]) -> None:
    found = denied.causes(namespace, STATUS.format(seccomp, seccomp // 2), lockdown)
    assert len(found) == len(words)
    for text, word in zip(found, words):
        assert word in text


def test_a_kernel_without_seccomp_says_nothing_of_it() -> None:
    assert "security module" in denied.causes(INITIAL, "Name:\tpython3\n", "")[0]


def test_of_this_process_something_is_said() -> None:
    assert denied.advice()
