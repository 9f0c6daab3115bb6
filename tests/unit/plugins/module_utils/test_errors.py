# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError


def test_says_what_was_tried_and_what_the_kernel_answered() -> None:
    error = KernelError("Cannot pin /sys/fs/bpf/ansible/edge/maps/xdp_stats", 17)
    assert str(error) == "Cannot pin /sys/fs/bpf/ansible/edge/maps/xdp_stats: File exists (EEXIST)"


def test_advice_follows_as_a_sentence() -> None:
    error = KernelError("Cannot attach to eth0", 16, "Run the task again")
    assert str(error) == "Cannot attach to eth0: Device or resource busy (EBUSY). Run the task again"


@pytest.mark.parametrize(
    ("errno", "name"),
    [
        (95, "EOPNOTSUPP"),
        # The kernel's own, which drivers give away all the same.
        (524, "ENOTSUPP"),
        (4000, "4000"),
    ],
)
def test_an_answer_has_the_kernel_s_name(errno: int, name: str) -> None:
    assert str(KernelError("Cannot attach to eth0", errno)).endswith(f"({name})")


@pytest.mark.parametrize(
    ("errno", "advice"), [(24, "Raise the limit (ulimit -n"), (23, "Raise the limit (sysctl fs.file-max)")]
)
def test_what_has_run_out_is_said_wherever_it_is_noticed(errno: int, advice: str) -> None:
    assert advice in str(KernelError("Cannot list the interfaces of this host", errno))
    assert str(KernelError("Cannot do it", errno, "Do something else")).endswith(". Do something else")


def test_callers_can_look_at_answer_and_action() -> None:
    with pytest.raises(XdpError) as caught:
        raise KernelError("Cannot open the pin /sys/fs/bpf/x", 2)
    assert isinstance(caught.value, KernelError)
    assert (caught.value.errno, caught.value.action) == (2, "Cannot open the pin /sys/fs/bpf/x")


# Names of pins and interfaces may be anything of these; so may what an object calls its functions.
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("bell\x07", "bell\\x07"),
        ("over\rwritten", "over\\rwritten"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202efdp.exe", "\\u202efdp.exe"),
        ("zero\0", "zero\\x00"),
        ("no\udcff utf-8", "no\\udcff utf-8"),
        ("\u2028", "\\u2028"),
        ("grün, 東", "grün, 東"),
        ("a line\n\tand another\n", "a line\n\tand another\n"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_said(name: str, shown: str) -> None:
    assert str(XdpError(f"There is no {name}")) == f"There is no {shown}"
    assert str(KernelError(f"Cannot pin {name}", 17)) == f"Cannot pin {shown}: File exists (EEXIST)"
