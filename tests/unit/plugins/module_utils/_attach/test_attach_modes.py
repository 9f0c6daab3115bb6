# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a program takes packets in several buffers, known without the kernel."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_modes import has_frags
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import Origin
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import F_XDP_HAS_FRAGS, ObjectSpec, ProgramSpec

_ONE = ProgramSpec("one", b"", (), "GPL")
_FRAGS = ProgramSpec("frags", b"", (), "GPL", flags=F_XDP_HAS_FRAGS)


def asked(*programs: ProgramSpec) -> Request:
    return Request("edge", "/sys/fs/bpf/ansible", "all", Origin("s", "o", lambda: ObjectSpec(programs, ())))


@pytest.mark.parametrize(
    ("programs", "name", "answer"),
    [
        ([_ONE], None, False),
        ([_FRAGS], None, True),
        ([_ONE, _FRAGS], "one", False),
        ([_ONE, _FRAGS], "frags", True),
        ([_ONE, _FRAGS], None, None),  # refused later, with the names of both
        ([_ONE], "nosuch", None),
    ],
)
def test_the_object_tells(programs: list[ProgramSpec], name: str | None, answer: bool | None) -> None:
    assert has_frags(asked(*programs), name) is answer


def never() -> ObjectSpec:
    raise AssertionError("compiled to know what is known")


def test_a_source_is_not_compiled_for_that() -> None:
    request = Request("edge", "/sys/fs/bpf/ansible", "all", Origin("s", None, never, compiles=True))
    assert has_frags(request, "one") is None
    request = request._replace(origin=request.origin._replace(may_have_frags=False))
    assert has_frags(request, "one") is False
