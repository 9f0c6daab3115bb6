# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps of bcc sources that the kernel has refused, by what bcc says of them."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._source.bcc_maps import why_refused

INVALID, TOO_LARGE = "Invalid argument", "Argument list too long"
NO_MEMORY = "Cannot allocate memory"


def why(declaration: str, error: str = INVALID) -> str:
    return why_refused(f"could not open bpf map: m, error: {error}\n", f"BPF_HASH(other, u32, u64, 0);\n{declaration}")


@pytest.mark.parametrize(
    "declaration",
    [
        'BPF_F_TABLE("lpm_trie", struct key, u64, m, 100, 0);',
        'BPF_TABLE("lpm_trie", struct key, u64, m, 100);',
        'BPF_F_TABLE ( "lpm_trie" , struct key, u64,\n m, 100, BPF_F_RDONLY | 0x10 ) ;',
    ],
)
def test_a_trie_needs_its_flag(declaration: str) -> None:
    assert "An LPM trie needs the flag BPF_F_NO_PREALLOC" in why(declaration)


@pytest.mark.parametrize(
    "declaration",
    ["BPF_HASH(m, u32, u64, 0);", 'BPF_TABLE("hash", u32, u64, m, 0);', "BPF_LPM_TRIE(m, struct k, u64, 0UL);"],
)
def test_no_entries_are_too_few(declaration: str) -> None:
    assert why(declaration) == "max_entries was not declared"


def test_a_hash_can_have_too_many_entries() -> None:
    assert why('BPF_TABLE("hash", u32, u64, m, 2000000000);', TOO_LARGE) == (
        "A map of type hash has at most 268435456 entries, not 2000000000"
    )


def test_what_there_is_no_memory_for_is_told_in_mebibytes() -> None:
    assert why("BPF_ARRAY(m, u64, 1073741824);", NO_MEMORY).startswith("The kernel has no memory for it: 1073741824")


@pytest.mark.parametrize(
    "declaration",
    ["", 'BPF_TABLE("percpu_array", u32, struct v, m, 1);', "BPF_HASH(m, u32, u64, ENTRIES);", "MACRO(m);"],
)
def test_where_the_text_does_not_say_the_rules_that_may_be_broken_are_named(declaration: str) -> None:
    assert "a per-CPU value has at most 32768 bytes" in why(declaration, TOO_LARGE)
    assert why(declaration) == "The kernel takes no map of this type with this key, value, number of entries or flags"


@pytest.mark.parametrize(
    "said", ["prog.c:1:1: error: expected identifier", "could not open bpf map: m, error: Success"]
)
def test_other_errors_are_of_something_else(said: str) -> None:
    assert why_refused(said, "BPF_HASH(m, u32, u64, 0);") == ""
