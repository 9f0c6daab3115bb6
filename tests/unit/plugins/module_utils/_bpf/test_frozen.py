# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a descriptor's text says of a map."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.frozen import says_frozen

_TEXT = "pos:\t0\nflags:\t02000002\nmap_type:\t1\nmap_id:\t7\nfrozen:\t{}\n"


@pytest.mark.parametrize(("number", "frozen"), [(0, False), (1, True)])
def test_whether_it_is_frozen(number: int, frozen: bool) -> None:
    assert says_frozen(_TEXT.format(number)) == frozen


def test_a_map_that_says_nothing_of_it_is_not() -> None:
    assert not says_frozen("map_type:\t1\n")
