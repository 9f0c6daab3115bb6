# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telling what a file is takes time in proportion to its size."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils._file_kind import kind
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth


@pytest.mark.parametrize("piece", [b"import bcc\n", b"import bcc\nBPF  ", b" ", b"\n", b"#!"])
def test_twice_the_file_is_twice_the_work(piece: bytes) -> None:
    growth.check(kind, lambda size: piece * (size // len(piece)))


def test_the_use_of_bcc_has_to_come_after_its_import() -> None:
    assert kind(b"import bcc\nb = bcc.BPF (text=t)\n")
    assert kind(b"int a = BPF(1);\n// see\nimport bcc\n") is None
