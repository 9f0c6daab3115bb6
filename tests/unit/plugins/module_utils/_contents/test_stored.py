# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import stored
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

PACKED = b"a table"
DIGEST = hashlib.sha256(PACKED).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = Path(stored.path(str(tmp_path), DIGEST))
    path.parent.mkdir(mode=0o700)
    path.write_bytes(PACKED)
    path.chmod(0o600)
    return path


def refused(directory: Path) -> str:
    """What reading says; looking for it finds nothing then."""
    assert stored.find(str(directory), DIGEST) is None
    with pytest.raises(XdpError) as caught:
        stored.read(str(directory), DIGEST)
    return str(caught.value)


def test_is_found_by_its_digest(tmp_path: Path, file: Path) -> None:
    assert stored.find(str(tmp_path), DIGEST) == stored.read(str(tmp_path), DIGEST) == PACKED
    assert stored.digest_of(file.name) == DIGEST


@pytest.mark.parametrize(
    "name", [DIGEST, f"{DIGEST}.json", f"{DIGEST}.packed~", f"x{DIGEST}.packed", f"{DIGEST.upper()}.packed", ""]
)
def test_other_names_are_no_tables(name: str) -> None:
    assert stored.digest_of(name) is None


def test_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{stored.path(str(tmp_path), DIGEST)} cannot be read: No such file or directory"


@pytest.mark.parametrize("content", [b"", PACKED[:-1], PACKED + b"x", b"b table"])
def test_other_content_is_damage(tmp_path: Path, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert refused(tmp_path).startswith(f"{file} is damaged")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_what_others_can_write_is_refused(tmp_path: Path, file: Path, mode: int) -> None:
    file.chmod(mode)
    assert "is not a file that only its owner, root, can write" in refused(tmp_path)


def test_what_lies_where_others_can_write_is_refused(tmp_path: Path, file: Path) -> None:
    file.parent.chmod(0o777)
    assert "is not safe" in refused(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path, file: Path) -> None:
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert "cannot be read" in refused(tmp_path)


def test_neither_a_pipe_nor_a_directory_is_read(tmp_path: Path, file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)
    assert "is not a file" in refused(tmp_path)
    file.unlink()
    file.mkdir()
    assert str(file) in refused(tmp_path)


def test_what_would_take_all_memory_is_damaged(tmp_path: Path, file: Path) -> None:
    os.truncate(file, 1 << 40)
    assert "has more than 256 MiB, so it is damaged" in refused(tmp_path)
