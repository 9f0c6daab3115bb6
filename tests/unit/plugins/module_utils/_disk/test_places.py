# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths on the disk that an option names."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import places
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


def test_a_file_that_can_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    places.require_writable("dest", str(tmp_path / "new"))
    (tmp_path / "old").write_text("old")
    places.require_writable("dest", str(tmp_path / "old"))
    assert os.listdir(tmp_path) == ["old"]
    assert places.content("dest", str(tmp_path / "old")) == b"old"
    assert places.content("dest", str(tmp_path / "new")) is None


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "dest: '' is not an absolute path"),
        ("filter.json", "dest: 'filter.json' is not an absolute path"),
        ("{}", "{} is a directory. Give the name of a file"),
        ("{}/new/", "{}/new/ is a directory. Give the name of a file"),
        ("{}/missing/new", "the directory {}/missing is missing. Make it first"),
        ("{}/old/new", "{}/old is not a directory"),
        ("{}/pipe", "{}/pipe exists, and is not a regular file"),
        ("/dev/null", "/dev/null exists, and is not a regular file"),
        ("/proc/new", "cannot write a file in /proc: "),
        ("{}/" + "x" * 256, "File name too long (ENAMETOOLONG)"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused(path: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(XdpError, match=re.escape(says.format(tmp_path))):
        places.require_writable("dest", path.format(tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["old", "pipe"]


def test_a_link_counts_as_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "nowhere").symlink_to("missing")
    with pytest.raises(XdpError, match="not a regular file"):
        places.require_file("executable", str(tmp_path / "null"))
    places.require_file("executable", str(tmp_path / "nowhere"))


def test_a_directory_is_one_or_nothing(tmp_path: Path) -> None:
    places.require_directory("directory", str(tmp_path))
    places.require_directory("directory", str(tmp_path / "missing" / "too"))
    with pytest.raises(XdpError, match="directory: /dev/null exists, and is not a directory"):
        places.require_directory("directory", "/dev/null")
    with pytest.raises(XdpError, match="'sets' is not an absolute path"):
        places.require_directory("directory", "sets")


def test_what_is_too_large_to_be_ours_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "large", "wb") as file:
        file.truncate(3 << 30)
    assert places.content("dest", str(tmp_path / "large")) is None
