# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._answers import out_of_memory, refusal
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError


def test_says_what_was_tried_and_what_the_kernel_answered() -> None:
    error = KernelError("Cannot pin /sys/fs/bpf/ansible/edge/maps/xdp_counters", 17)
    assert str(error) == "Cannot pin /sys/fs/bpf/ansible/edge/maps/xdp_counters: File exists (EEXIST)"


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
    ("errno", "advice"), [(24, "Raise the limit (ulimit -n"), (23, "as it allows (sysctl fs.file-max)")]
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


# What these answers mean does not depend on what was tried.
@pytest.mark.parametrize(
    ("errno", "advice"),
    [
        (24, "This process may have"),
        (23, "fs.file-max"),
        (12, "short of memory"),
        (28, "The file system is full"),
        (122, "The file system is full"),
        (30, "mounted read-only"),
        (36, "A name may have 255 bytes"),
    ],
)
def test_some_answers_bring_their_advice(errno: int, advice: str) -> None:
    assert advice in str(KernelError("Cannot pin x", errno))
    assert advice in refusal(OSError(errno, os.strerror(errno), "/x"))
    assert str(KernelError("Cannot pin x", errno, "Do this")).endswith("). Do this")


def test_the_limit_of_open_files_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _which: (64, 4096))
    assert "This process may have 64 files open" in str(KernelError("Cannot pin x", 24))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(2, "No such file or directory", "/a"), "/a: No such file or directory (ENOENT)"),
        (OSError(2, "No such file or directory", b"/a"), "/a: No such file or directory (ENOENT)"),
        (OSError(18, "Invalid cross-device link", "/a", None, "/b"), "/a to /b: Invalid cross-device link (EXDEV)"),
        (OSError(1, "Operation not permitted", "bpf(2), BPF_X"), "bpf(2), BPF_X: Operation not permitted (EPERM)"),
        (OSError(1, "Operation not permitted"), "Operation not permitted (EPERM)"),
        (OSError(11, "they come and go"), "they come and go (EAGAIN)"),
        (OSError("timed out"), "timed out"),
    ],
)
def test_a_refusal_says_what_was_refused(error: OSError, said: str) -> None:
    assert refusal(error) == said


def test_a_lack_of_memory_names_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _which: (512 << 20, -1))
    assert out_of_memory().startswith("This process ran out of memory, of which it may have 512 MiB")
    monkeypatch.setattr("resource.getrlimit", lambda _which: (-1, -1))
    assert out_of_memory().startswith("This process ran out of memory. Free some")
