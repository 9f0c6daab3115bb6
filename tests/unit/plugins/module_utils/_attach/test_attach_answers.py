# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an errno of an attachment means, and what is advised."""

from __future__ import annotations

import errno
import os

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._attach import attach_answers


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (errno.EOPNOTSUPP, "the driver does not run XDP programs"),
        (524, "the driver does not run XDP programs"),
        (errno.ERANGE, "the MTU (of its peer, for veth) is too large for a program without frags"),
        (errno.EINVAL, "or a setting of the interface is in the way"),
        (errno.ENOSPC, "there are too few queues"),
        (errno.ENOMEM, "there are too few queues (ethtool -l), as some drivers say it, or the host is short of memory"),
        (errno.ENOTCONN, "its peer is gone"),
    ],
)
def test_a_driver_that_refuses_native_mode(code: int, means: str) -> None:
    assert code in attach_answers.MODE_REFUSED
    assert means in attach_answers.meaning(code)
    assert attach_answers.meaning(code).startswith(f"the driver refused native mode with {attach_answers.name(code)}: ")
    assert means in attach_answers.advice_on_attaching("lo", "native", code)


def test_an_answer_is_told_in_words_and_by_name() -> None:
    assert attach_answers.name(errno.ERANGE) == "Numerical result out of range (ERANGE)"


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.EPERM, errno.EACCES, errno.EINTR, errno.EIO])
def test_what_is_not_the_drivers_is_not_blamed_on_it(code: int) -> None:
    assert code not in attach_answers.MODE_REFUSED
    assert attach_answers.advice_on_attaching("lo", "native", code) == ""


@pytest.mark.parametrize(("interface", "code"), [("lo", errno.ENODEV), ("nosuch0", errno.EINVAL)])
@pytest.mark.parametrize("mode", ["native", "generic", "offload"])
def test_an_interface_that_went_away(mode: str, interface: str, code: int) -> None:
    advice = attach_answers.advice_on_attaching(interface, mode, code)
    assert advice == "The interface went away meanwhile. Run the task again"


@pytest.mark.parametrize("code", [errno.EPERM, errno.EEXIST, errno.EBUSY])
def test_a_switch_that_came_too_late(code: int) -> None:
    assert "Another program was put there meanwhile" in attach_answers.advice_on_switching(code)


@pytest.mark.parametrize("code", [errno.ENODEV, errno.ENOLINK])
def test_a_switch_on_an_interface_that_is_gone(code: int) -> None:
    assert attach_answers.advice_on_switching(code) == "The interface went away meanwhile. Run the task again"


@pytest.mark.parametrize("code", [errno.ERANGE, errno.EINVAL, errno.EOPNOTSUPP])
def test_a_switch_that_the_mtu_forbids(code: int) -> None:
    advice = attach_answers.advice_on_switching(code)
    assert "MTU" in advice
    assert 'SEC("xdp.frags")' in advice
    assert "mode: generic" in advice


@pytest.mark.parametrize("code", sorted(errno.errorcode))
@pytest.mark.parametrize("mode", ["native", "generic", "offload"])
def test_no_answer_is_without_words(mode: str, code: int) -> None:
    """Whatever a driver answers, there is a sentence, and one that does not contradict the mode."""
    assert os.strerror(code) in attach_answers.meaning(code)
    advice = attach_answers.advice_on_attaching("lo", mode, code)
    assert mode != "generic" or "mode: generic" not in advice
    attach_answers.advice_on_switching(code)
