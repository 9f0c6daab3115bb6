# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be the name of a pin."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name


@pytest.mark.parametrize("name", ["a", "xdp_stats", "a-b", "a$b", "9", "-", "x" * 200, "programs", "_"])
def test_names_that_can_be_pins(name: str) -> None:
    assert usable_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a.b", "a/b", "/", "a b", "a~", "größe", "x" * 201, "a\n", "\0", "a\0", "\ud800"]
)
def test_names_that_cannot_be_pins(name: str) -> None:
    assert not usable_name(name)
