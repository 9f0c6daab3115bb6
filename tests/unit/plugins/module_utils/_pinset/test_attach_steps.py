# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a program could not be attached, in words that help."""

from __future__ import annotations

import errno

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.attach_steps import refusal


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EEXIST])
@pytest.mark.parametrize("mode", ["native", "generic", "offload"])
def test_a_place_that_was_taken_meanwhile(mode: str, code: int) -> None:
    text = str(refusal("eth0", mode, code))
    assert text.startswith(f"Cannot attach to eth0 in {mode} mode: ")
    assert "Another program was attached meanwhile, or an interface on top of this one" in text
    assert text.endswith("Run the task again to see")


@pytest.mark.parametrize(
    ("mode", "advice"),
    [
        ("native", "Try mode: generic, which works on every interface"),
        ("offload", "The network card does not run programs itself. Try mode: native or mode: generic"),
    ],
)
def test_a_mode_that_the_interface_cannot_do(mode: str, advice: str) -> None:
    text = str(refusal("eth0", mode, errno.ERANGE))
    assert text.startswith(f"Cannot attach to eth0 in {mode} mode: Numerical result out of range (ERANGE). ")
    assert text.endswith(advice)


def test_where_nothing_can_be_advised_nothing_is() -> None:
    text = str(refusal("eth0", "generic", errno.ENODEV))
    assert text == "Cannot attach to eth0 in generic mode: No such device (ENODEV)"
