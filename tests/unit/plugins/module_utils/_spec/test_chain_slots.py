# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.chain_slots import applied, assigned, inherited
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MOST_MEMBERS, SLOT
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._chain.some_members import simple
from hypothesis import given
from hypothesis import strategies as st

_NAMES = st.sets(st.sampled_from("abcdefghijklmnopqrst"), min_size=1, max_size=MOST_MEMBERS).map(sorted)


@given(st.lists(_NAMES, max_size=12))
def test_slots_stay(rounds: list[list[str]]) -> None:
    """Over many changes of the members: who has a slot keeps it, and nobody gets another's unless there is none left."""
    before: dict[str, int] = {}
    for names in rounds:
        found = assigned(names, before)
        assert set(names) <= set(found) and len(set(found.values())) == len(found)
        assert all(0 <= slot < MOST_MEMBERS for slot in found.values())
        lost = set(before) - set(found)
        assert not lost & set(names)
        assert not lost or len(found) == MOST_MEMBERS
        assert all(found[name] == slot for name, slot in before.items() if name not in lost)
        assert len(inherited(before, found)) == len(lost)
        before = found


def test_each_member_is_counted_in_its_slot() -> None:
    spec = link([Member("one", simple()), Member("two", simple())])
    code = applied(spec, {"one": 3, "two": 0}).programs[0].instructions
    values = [struct.unpack_from("=i", code, 8 * member.counter + 4)[0] for member in spec.members]
    assert values == [3 * SLOT, 0]
