# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that run under another interpreter, with children that are real but small."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._process import child, signals

CHILDREN = "ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._process.children"
UNSTARTABLE = f"{CHILDREN}.unstartable"


def test_interpreters_begin_with_the_one_that_runs_this() -> None:
    assert child.interpreters()[0] == sys.executable


def test_interpreters_are_programs_and_each_is_named_once() -> None:
    found = child.interpreters()
    assert len(set(found)) == len(found)
    assert all(os.access(path, os.X_OK) for path in found)


@pytest.mark.parametrize("missing", ["", None, "/nowhere/python3"])
def test_an_interpreter_that_is_not_there_is_no_candidate(monkeypatch: pytest.MonkeyPatch, missing: Any) -> None:
    # An embedded Python has no sys.executable.
    monkeypatch.setattr(sys, "executable", missing)
    assert missing not in child.interpreters()


@pytest.mark.parametrize("request_data", [{}, {"text": 'ß "\n\0'}, [1, None, True], "x"])
def test_request_and_answer_travel_as_they_are(request_data: Any) -> None:
    assert child.run(f"{CHILDREN}.report", request_data)["request"] == request_data


def test_a_child_has_no_environment_and_no_directory_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BCC_KERNEL_SOURCE", "/home/somebody/linux")
    monkeypatch.setenv("PYTHONSTARTUP", "/home/somebody/startup.py")
    answer = child.run(f"{CHILDREN}.report", {})
    assert answer["directory"] == "/"
    # What a shell in between, such as one that starts Python, sets by itself does not matter.
    assert not {"BCC_KERNEL_SOURCE", "PYTHONSTARTUP", "HOME", "USER"} & set(answer["environment"])


def test_a_child_is_not_hit_by_a_ctrl_c_and_can_be_ended_while_the_run_holds_signals_back() -> None:
    with signals.held_back():
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set(signals.ENDING)
        answer = child.run(f"{CHILDREN}.report", {})
    assert answer["session"] != os.getsid(0)
    assert answer["blocked"] == []


def test_descriptors_that_are_passed_keep_their_number() -> None:
    reader, writer = os.pipe()
    try:
        os.write(writer, b"through the pipe")
        assert child.run(f"{CHILDREN}.report", {"fd": reader}, pass_fds=[reader])["read"] == "through the pipe"
    finally:
        os.close(reader)
        os.close(writer)


def test_without_the_library_all_interpreters_are_tried(tmp_path: Path) -> None:
    with pytest.raises(child.NotUsable) as caught:
        child.run(f"{CHILDREN}.unusable", {"tries": f"{tmp_path}/tries", "usable_at": 0})
    assert str(caught.value) == "; ".join(f"{path}: no module named x" for path in child.interpreters())
    assert (tmp_path / "tries").read_text() == "." * len(child.interpreters())


def test_the_first_interpreter_with_the_library_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "interpreters", lambda: [sys.executable] * 3)
    answer = child.run(f"{CHILDREN}.unusable", {"tries": f"{tmp_path}/tries", "usable_at": 2})
    assert answer == {"tries": 2}
    assert (tmp_path / "tries").read_text() == ".."


def test_a_child_that_fails_tells_why() -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        child.run(f"{CHILDREN}.dying", {"says": "the compiler gave up"})
    assert (caught.value.returncode, caught.value.stderr) == (1, b"the compiler gave up\n")


def test_a_child_that_is_killed_is_not_taken_for_one_without_the_library() -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        child.run(f"{CHILDREN}.dying", {"signal": int(signal.SIGSEGV)})
    assert caught.value.returncode == -signal.SIGSEGV


def test_an_interpreter_that_is_killed_before_it_says_anything_is_not_taken_for_one_either(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    killed = tmp_path / "python3"
    killed.write_text("#!/bin/sh\nkill -KILL $$\n", encoding="utf-8")
    killed.chmod(0o755)
    monkeypatch.setattr(child, "interpreters", lambda: [str(killed)])
    with pytest.raises(subprocess.CalledProcessError) as caught:
        child.run(f"{CHILDREN}.report", {})
    assert caught.value.returncode == -signal.SIGKILL


def test_an_interpreter_that_cannot_run_the_child_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(child.NotUsable, match="ImportError: this interpreter is too old for it"):
        child.run(UNSTARTABLE, {})


def _wait_for(truth: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not truth() and time.monotonic() < deadline:
        time.sleep(0.01)
    return truth()


def test_a_child_dies_with_the_run_that_wanted_it(tmp_path: Path) -> None:
    # Otherwise it would go on changing the host when the next run has the lock.
    told = tmp_path / "pid"
    program = f"from {child.__name__} import run; run('{CHILDREN}.lasting', {{'file': '{told}'}})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    try:
        assert _wait_for(lambda: told.exists() and told.read_text().endswith("\n"))
        pid = int(told.read_text())
        assert os.path.exists(f"/proc/{pid}")
    finally:
        parent.kill()
        parent.wait()
    # Gone, or a zombie where nobody reaps orphans.
    assert _wait_for(lambda: not _runs(pid))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (b"", ""),
        (b"first\nImportError: no bcc\n", "ImportError: no bcc"),
        (
            b"Error in sitecustomize; set PYTHONVERBOSE for traceback:\n"
            b"SyntaxError: unexpected character after line continuation character (sitecustomize.py, line 1)\n",
            "",
        ),
        (
            b"Error in sitecustomize; set PYTHONVERBOSE for traceback:\nSyntaxError: x (sitecustomize.py, line 1)\nKilled\n",
            "Killed",
        ),
    ],
)
def test_what_a_child_says_last_is_not_what_ansible_makes_it_say_first(output: bytes, said: str) -> None:
    assert child.last_line(output) == said


def _runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
