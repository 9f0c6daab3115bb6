# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others may have made below a directory, without any pins."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import inventory


def test_directories_deeper_than_any_path_have_an_end(tmp_path: Path) -> None:
    here = os.getcwd()
    os.chdir(tmp_path)
    levels = 2000
    for _level in range(levels):
        os.mkdir("xyz")
        os.chdir("xyz")
    try:
        assert list(inventory.walk(str(tmp_path))) == []
    finally:
        for _level in range(levels):  # pytest cannot remove so many
            os.chdir("..")
            os.rmdir("xyz")
        os.chdir(here)


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "again").symlink_to(tmp_path)
    assert list(inventory.walk(str(tmp_path))) == []


def test_a_zero_byte_names_nothing() -> None:
    assert not inventory.exists("/tmp/a\0b")
    assert inventory.owners("/tmp/a\0b") == {}
    assert inventory.origins("/tmp/a\0b", inventory.sets("/tmp/a\0b")) == {}
