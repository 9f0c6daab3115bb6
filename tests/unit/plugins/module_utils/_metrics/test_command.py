# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When the file of metrics is written, and when it is removed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics import collect, command
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.exposition import Sample


class _Failed(SimpleNamespace):
    def described(self) -> str:
        return str(self.text)


@pytest.mark.parametrize(
    ("names", "failed", "expected"),
    [
        ([], [], "removed"),
        (["edge"], [], "written"),
        # A monitor that cannot be read is one that is there: its alert needs the file.
        ([], [_Failed(text="@monitor: Out of memory")], "written"),
    ],
)
def test_the_file_stays_as_long_as_there_is_something_to_say(
    monkeypatch: pytest.MonkeyPatch, names: list[str], failed: list[_Failed], expected: str
) -> None:
    did = []
    monkeypatch.setattr(command, "Survey", lambda _pin_root, _directory: SimpleNamespace(names=names, failed=failed))
    monkeypatch.setattr(collect, "samples", lambda _survey: [Sample("series_omitted", 0, {})])
    monkeypatch.setattr(command.textfile, "write", lambda _path, _text: did.append("written"))
    monkeypatch.setattr(command.textfile, "remove", lambda _path: did.append("removed"))
    command.write("/nowhere", "/nowhere", "/nowhere/x.prom", {}, lambda _sentence: None, lambda _text: None)
    assert did == [expected]
