# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process that watches a trial."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import process


def test_it_may_open_as_many_files_as_the_host_allows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    copy = tmp_path / "copy"
    copy.touch()
    seen = []
    monkeypatch.setattr(process.sys, "argv", ["process", "/nowhere", "edge", "1", str(copy)])
    monkeypatch.setattr(process, "watch", lambda *_what: seen.append(resource.getrlimit(resource.RLIMIT_NOFILE)[0]))
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        process.main()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert seen[0] > 256 and not copy.exists()
