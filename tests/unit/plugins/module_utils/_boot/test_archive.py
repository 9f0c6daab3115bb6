# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, installed
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept


def test_is_the_same_each_time() -> None:
    assert archive.build() == archive.build()


def test_runs_with_nothing_but_the_standard_library(tmp_path: Path) -> None:
    file = tmp_path / "ebpf-xdp"
    file.write_bytes(archive.build())
    # -S: without site-packages there is no Ansible.
    command = [sys.executable, "-I", "-S", str(file), "--directory", str(tmp_path), "restore", "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and done.stderr


def test_has_no_more_than_it_uses() -> None:
    names = zipfile.ZipFile(io.BytesIO(archive.build())).namelist()
    modules = [name for name in names if not name.endswith("__init__.py")]
    assert not [name for name in modules if "_elf/" in name or "compiler" in name or "bcc" in name or "_module" in name]
    assert any(name.endswith("_transaction/present.py") for name in modules)


def test_imports_no_ansible() -> None:
    with zipfile.ZipFile(io.BytesIO(archive.build())) as zip_file:
        for name in zip_file.namelist():
            assert "ansible.module_utils" not in zip_file.read(name).decode(), name


def test_says_which_kept_sets_it_reads_without_being_run_and_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "ebpf-xdp"
    file.write_bytes(archive.build())
    assert installed.latest_read(str(file)) == kept.LATEST
    said = subprocess.run(
        [sys.executable, "-I", "-S", str(file), "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout.endswith(f", reads saved sets up to format {kept.LATEST}\n")


@pytest.mark.parametrize(
    ("python3", "chosen"),
    [
        ("python3.6", sys.executable),
        ("python3.8", "python3"),
        ("python3.13", "python3"),
        ("python", "python3"),
        (None, sys.executable),
    ],
)
def test_is_run_by_a_python_that_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python3: str | None, chosen: str
) -> None:
    if python3 is not None:
        (tmp_path / python3).touch(0o755)
        (tmp_path / "python3").symlink_to(python3)
    monkeypatch.setattr(archive, "_PATH_OF_SERVICES", str(tmp_path))
    built = archive.build()
    assert built.startswith(f"#!/usr/bin/env -S {chosen} -I\nPK".encode()) and installed.is_ours(built)


@pytest.mark.parametrize(
    "begins",
    [b"", b"#!/bin/sh\n", b"#!/usr/bin/env -S python3 -I\n", b"#!/usr/bin/env -S python3 -c x -I\nPK\3\4", b"PK\3\4"],
)
def test_a_file_of_somebody_else_is_not_ours(begins: bytes) -> None:
    assert not installed.is_ours(begins)


@pytest.mark.parametrize("comment", [b"", b"ebpf.xdp reads saved sets up to x", b"\xff" * 9, b"of somebody else"])
def test_a_program_that_does_not_say_is_an_old_one(tmp_path: Path, comment: bytes) -> None:
    file = tmp_path / "ebpf-xdp"
    with zipfile.ZipFile(file, "w") as zip_file:
        zip_file.comment = comment
    assert installed.latest_read(str(file)) == 0
    file.write_bytes(installed.BEGINNING + b"damaged")
    assert installed.latest_read(str(file)) == 0
    assert installed.latest_read(str(tmp_path / "nowhere")) == 0
