# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the bpf(2) call needs no kernel."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("xdp_stats", "xdp_stats"),
        ("a_name_that_is_too_long", "a_name_that_is_"),
        ("größe", "gr__e"),
        ("a$b", "a_b"),
        ("", ""),
    ],
)
def test_a_name_as_the_kernel_keeps_it(name: str, kept: str) -> None:
    assert bpf.object_name(name) == kept
