# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a program could not be attached, in words that help."""

from __future__ import annotations

import errno
from contextlib import ExitStack

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_steps import AttachLink, refusal
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError


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
        ("native", "Most likely the MTU (of its peer, for veth) is too large for a program without frags. "),
        ("offload", "The network card does not run programs itself. Try mode: native or mode: generic"),
    ],
)
def test_a_mode_that_the_interface_cannot_do(mode: str, advice: str) -> None:
    text = str(refusal("eth0", mode, errno.ERANGE))
    assert text.startswith(f"Cannot attach to eth0 in {mode} mode: Numerical result out of range (ERANGE). {advice}")


def test_descriptors_that_ran_out_are_not_the_drivers_fault() -> None:
    text = str(refusal("eth0", "native", errno.EMFILE))
    assert text.startswith("Cannot attach to eth0 in native mode: Too many open files (EMFILE). This process")
    assert "driver" not in text
    assert "ulimit -n" in text


def test_where_nothing_can_be_advised_nothing_is() -> None:
    text = str(refusal("eth0", "generic", errno.EIO))
    assert text == "Cannot attach to eth0 in generic mode: Input/output error (EIO)"


class Answers(AttachLink):
    """An attachment whose driver answers as it is told to, mode by mode."""

    def __init__(self, modes: tuple[str, ...], *codes: int) -> None:
        super().__init__("lo", 1, -1, modes, "/nowhere", ExitStack())
        self.codes = list(codes)

    def _try(self) -> int:
        return self.codes.pop(0)


AUTO = ("native", "generic")


def standing(step: AttachLink, why: str | None = None) -> Standing:
    return Standing("lo", 1, "link", "/nowhere", step.mode, step, why=why)


def test_auto_says_why_it_came_to_generic() -> None:
    step = Answers(AUTO, errno.ENOSPC, 0)
    assert standing(step).result()["why"] is None
    assert standing(step).warning() is None
    step.do()
    assert step.mode == "generic"
    why = standing(step).result()["why"]
    assert (
        why
        == "the driver refused native mode with No space left on device (ENOSPC): there are too few queues (ethtool -l)"
    )
    assert standing(step).warning() == (
        f"mode: auto selects generic mode on lo, which is slower than native mode: {why}. "
        f"Set mode: generic if that is intended, or mode: native to fail instead"
    )


def test_native_mode_needs_no_reason() -> None:
    step = Answers(AUTO, 0)
    step.do()
    assert (step.mode, standing(step).result()["why"], standing(step).warning()) == ("native", None, None)


def test_what_was_known_beforehand_is_the_reason() -> None:
    step = Answers(("generic",), 0)
    step.do()
    assert standing(step, "its driver does not").result()["why"] == "its driver does not"
    assert "on lo, which is slower than native mode: its driver does not. " in (
        standing(step, "its driver does not").warning() or ""
    )


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EBUSY, errno.EPERM])
def test_auto_does_not_go_on_after_what_is_not_about_the_mode(code: int) -> None:
    step = Answers(AUTO, code, 0)
    with pytest.raises(KernelError, match="Cannot attach to lo in native mode"):
        step.do()
    assert step.codes == [0]
