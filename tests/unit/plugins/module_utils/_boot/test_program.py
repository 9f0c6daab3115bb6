# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the boot program does when nobody reads what it says, or when it is interrupted."""

from __future__ import annotations

import os
from contextlib import nullcontext

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import program
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import Interrupted


def test_what_nobody_reads_is_no_failure() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as stream:
        program._write(stream, "edge: in force")
        # Nor later, when the stream is flushed and closed.
        program._write(stream, "edge2: in force")


def test_an_interrupt_shows_no_traceback(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def interrupt(_options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(program.host, "require", lambda: None)
    monkeypatch.setattr(program, "_bring_back", interrupt)
    assert program.main(["restore"]) == 130
    assert capfd.readouterr() == ("", "")


def test_a_signal_ends_the_run_and_not_one_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str | None] = []

    def interrupt(_options: object, _names: list[str], netns: str | None) -> list[program.Restored]:
        begun.append(netns)
        raise Interrupted("A signal ended the run")

    monkeypatch.setattr(program.host, "require", lambda: None)
    monkeypatch.setattr(program.namespaces, "appeared", lambda _directory: iter(["blue", "red"]))
    monkeypatch.setattr(program.namespaces, "inside", lambda _name: nullcontext())
    monkeypatch.setattr(program, "_restore", interrupt)
    assert program.main(["--directory", "/nowhere", "restore", "--all-netns"]) == 1
    assert begun == ["blue"]
