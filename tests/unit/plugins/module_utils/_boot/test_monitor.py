# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import monitor
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.uses import METRICS, MONITOR
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

_KEPT = monitor.Kept("/sys/fs/bpf/ansible", True)


def _files(directory: Path) -> Files:
    return Files(
        str(directory / "kept"), str(directory / "ebpf-xdp"), False, lambda: b"#!/usr/bin/env -S python3 -I\nPK\3\4"
    )


def test_what_is_kept_is_read(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    assert monitor.read(str(tmp_path)) is None
    (tmp_path / MONITOR).write_bytes(_KEPT.content())
    assert monitor.read(str(tmp_path)) == _KEPT


@pytest.mark.parametrize("text", ["", "{}", "[]", "7", '{"pin_root": "/x"}', "[" * 10000])
def test_what_is_damaged_is_named(tmp_path: Path, text: str) -> None:
    os.chmod(tmp_path, 0o755)
    (tmp_path / MONITOR).write_text(text)
    with pytest.raises(XdpError, match="monitor is damaged"):
        monitor.read(str(tmp_path))


def test_the_program_stays_as_long_as_it_is_of_use(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    there = []
    for uses in ({METRICS: b""}, {MONITOR: _KEPT.content()}, {METRICS: None}, {MONITOR: None}, {MONITOR: None}):
        files = _files(tmp_path)
        files.keep(None, None, uses=uses)
        there.append((files.changed, sorted(os.listdir(tmp_path)), monitor.read(str(tmp_path / "kept"))))
    assert there == [
        (True, ["ebpf-xdp", "kept"], None),
        (True, ["ebpf-xdp", "kept"], _KEPT),
        (True, ["ebpf-xdp", "kept"], _KEPT),
        (True, [], None),
        (False, [], None),
    ]


def test_what_the_monitor_counts_may_change(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    for kept, changed in ((_KEPT, True), (_KEPT, False), (_KEPT._replace(redirects=False), True)):
        files = _files(tmp_path)
        files.keep(None, None, uses={MONITOR: kept.content()})
        assert files.changed == changed and monitor.read(str(tmp_path / "kept")) == kept
