# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Types in a kernel that refuses some of them: what it gets instead, and what is said of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds, sanitize
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._load import older_btf
from ansible_collections.ebpf.xdp.plugins.module_utils._load.types import load as load_types
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile

REFUSED = OSError(errno.EINVAL, os.strerror(errno.EINVAL))
WITHOUT = "The object was loaded without its types (BTF), which the kernel refuses: "


def types() -> bytes:
    file = BtfFile()
    file.real("double", 8)
    file.enum64("large", {"LARGE": 1 << 40})
    return file.blob()


class Older:
    """A kernel that does not know some kinds, and refuses everything with ``refusal`` if there is one."""

    def __init__(self, *unknown: int, refusal: int = 0, log: str = "") -> None:
        self.unknown, self.refusal, self.log = set(unknown), refusal, log
        self.refusals: list[int] = []
        self.loaded: list[bytes] = []

    def btf_load(self, blob: bytes, log_size: int = 0) -> int:
        # btf_parse in kernel/bpf/btf.c, Linux 5.10.
        if log_size and not 128 <= log_size <= 0xFFFFFFFF >> 8:
            raise OSError(errno.EINVAL, "")
        if self.refusals:
            raise OSError(self.refusals.pop(0), "")
        if self.refusal:
            raise OSError(self.refusal, self.log if log_size else os.strerror(self.refusal))
        if sanitize.newer_kinds(blob) & self.unknown:
            raise OSError(errno.EINVAL, "[1] Invalid kind:19" if log_size else os.strerror(errno.EINVAL))
        self.loaded.append(blob)
        return os.open("/dev/null", os.O_RDONLY)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[Older], Older]:
    def use(kernel: Older) -> Older:
        monkeypatch.setattr(bpf_change, "btf_load", kernel.btf_load)
        return kernel

    return use


def test_what_the_kernel_lacks_is_replaced_and_named(run: Callable[[Older], Older]) -> None:
    kernel = run(Older(kinds.FLOAT, kinds.DECL_TAG, kinds.TYPE_TAG, kinds.ENUM64))
    fd, lost = older_btf.load(types(), REFUSED)
    os.close(fd)
    assert [btf_type.kind for btf_type in Btf(kernel.loaded[-1]).types[1:]] == [kinds.STRUCT, kinds.INT]
    assert (
        "newer than this kernel: floating-point types (since Linux 5.13), signed and 64-bit enumerations (since Linux 6.0)."
        in lost
    )


def test_what_the_kernel_knows_stays(run: Callable[[Older], Older]) -> None:
    kernel = run(Older(kinds.ENUM64))
    fd, lost = older_btf.load(types(), REFUSED)
    os.close(fd)
    assert [btf_type.kind for btf_type in Btf(kernel.loaded[-1]).types[1:]] == [kinds.FLOAT, kinds.INT]
    assert "floating-point" not in lost and "enumerations (since Linux 6.0)" in lost


def test_nothing_is_lost_of_types_that_the_kernel_takes_in_another_order(run: Callable[[Older], Older]) -> None:
    run(Older())
    fd, lost = older_btf.load(types(), REFUSED)
    os.close(fd)
    assert lost == ""


def test_loading_such_types_leaves_relocations_to_the_kernel_and_warns_of_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter((REFUSED, None, None, None))

    def load(blob: bytes, log_size: int = 0) -> int:
        answer = next(answers)
        if answer:
            raise answer
        return os.open("/dev/null", os.O_RDONLY)

    monkeypatch.setattr(bpf_change, "btf_load", load)
    told: list[str] = []
    with ExitStack() as held:
        loaded = load_types(types(), held, told.append)
        assert loaded.fd and not loaded.differ and not told


def test_the_kernel_s_own_words_are_passed_on(run: Callable[[Older], Older]) -> None:
    run(Older(refusal=errno.EINVAL, log="[1] INT int size=4\n[2] ENUM x size=3 Unexpected size\n"))
    assert older_btf.load(types(), REFUSED) == (0, older_btf._without("[2] ENUM x size=3 Unexpected size"))


def test_a_log_that_is_too_long_says_nothing(run: Callable[[Older], Older]) -> None:
    kernel = run(Older(refusal=errno.EINVAL))
    assert older_btf.load(types(), REFUSED)[1].startswith(f"{WITHOUT}Invalid argument. ")
    kernel.refusal, kernel.log = errno.ENOSPC, "[1] INT int size=4"
    assert older_btf._reason(types()) == ""
    kernel.refusal = 0
    assert older_btf._reason(BtfFile().blob()) == ""


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOMEM, errno.EMFILE])
def test_another_refusal_is_no_sign_of_age(run: Callable[[Older], Older], number: int) -> None:
    kernel = run(Older())
    assert older_btf.load(types(), OSError(number, "")) == (0, older_btf._without(os.strerror(number)))
    assert kernel.loaded == []
    # Nor is one of an example by which the kernel shows what it knows, though it would take the types afterwards.
    kernel.refusals = [number]
    assert older_btf.load(types(), REFUSED) == (0, older_btf._without(os.strerror(number)))


def test_damage_is_named(run: Callable[[Older], Older]) -> None:
    run(Older())
    assert older_btf.load(types()[:-2], REFUSED)[1].startswith(f"{WITHOUT}its header declares more than it contains. ")
