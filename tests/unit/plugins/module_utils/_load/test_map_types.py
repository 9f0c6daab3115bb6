# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A map is made without the types of its key and value where the kernel refuses these, and only then."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import maps
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

FD = 42


def _made(monkeypatch: pytest.MonkeyPatch, answers: list[int]) -> tuple[int, list[bool], list[str]]:
    """The descriptor, whether each call had types, and what was warned of; the kernel answers with these numbers, 0 for success."""
    had_types: list[bool] = []
    warnings: list[str] = []

    def map_create(*_what: object, **options: Any) -> int:
        had_types.append("btf_fd" in options)
        code = answers.pop(0)
        if code:
            raise OSError(code, os.strerror(code))
        return FD

    monkeypatch.setattr(maps.bpf_change, "map_create", map_create)
    made = maps.Maps(7, 0, "xdp_pass", warnings.append, {})
    return made._create(MapSpec("m", "hash", 4, 4, 10, 0, btf_key_type_id=1, btf_value_type_id=1)), had_types, warnings


@pytest.mark.parametrize(
    ("answers", "had_types", "warns"),
    [
        ([0], [True], False),
        ([errno.EINVAL, 0], [True, False], True),
        # What is short for a moment says nothing of the types.
        ([errno.ENOMEM, 0], [True, True], False),
        ([errno.ENOMEM, errno.EINVAL, 0], [True, True, False], True),
    ],
)
def test_what_the_kernel_refuses_once(
    monkeypatch: pytest.MonkeyPatch, answers: list[int], had_types: list[bool], warns: bool
) -> None:
    fd, calls, warnings = _made(monkeypatch, answers)
    assert (fd, calls, bool(warnings)) == (FD, had_types, warns)


def test_what_stays_short_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KernelError, match="Cannot create the map m"):
        _made(monkeypatch, [errno.ENOMEM] * 3)
