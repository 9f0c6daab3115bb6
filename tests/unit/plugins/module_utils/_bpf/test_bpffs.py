# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError


def mount(point: str, kind: str, options: str = "rw,nosuid,nodev", tags: str = "shared:9 ") -> str:
    """A line of /proc/self/mountinfo."""
    return f"30 24 0:27 / {point} {options} {tags}- {kind} none rw,mode=700\n"


ROOT = mount("/", "ext4")
SYSFS = mount("/sys", "sysfs")
BPFFS = mount("/sys/fs/bpf", "bpf")


@pytest.mark.parametrize(
    "path",
    ["/sys/fs/bpf", "/sys/fs/bpf/ansible", "/sys/fs/bpf/ansible/edge/maps/not/made/yet"],
)
def test_a_path_in_bpffs_lies_in_its_mount(path: str) -> None:
    assert bpffs.mount_point(path, [ROOT, SYSFS, BPFFS]) == "/sys/fs/bpf"


@pytest.mark.parametrize("path", ["/sys/fs/bpf2", "/sys/fs/bpf-x/y", "/sys/fs", "/sys/fs/bp", "/", "/tmp/sys/fs/bpf"])
def test_a_path_that_is_only_spelled_alike_does_not(path: str) -> None:
    assert bpffs.mount_point(path, [ROOT, SYSFS, BPFFS]) is None


def test_without_a_bpf_mount_there_is_none() -> None:
    assert bpffs.mount_point("/sys/fs/bpf/ansible", [ROOT, SYSFS]) is None
    assert bpffs.mount_point("/sys/fs/bpf/ansible", []) is None


def test_bpffs_may_be_the_root() -> None:
    assert bpffs.mount_point("/ansible", [mount("/", "bpf")]) == "/"


@pytest.mark.parametrize("tags", ["", "shared:9 ", "shared:9 master:2 propagate_from:1 unbindable "])
def test_any_number_of_optional_fields_may_come_before_the_type(tags: str) -> None:
    assert bpffs.mount_point("/sys/fs/bpf/x", [mount("/sys/fs/bpf", "bpf", tags=tags)]) == "/sys/fs/bpf"


@pytest.mark.parametrize(
    ("escaped", "path"),
    [
        ("/mnt/two\\040words", "/mnt/two words"),
        ("/mnt/tab\\011and\\012line", "/mnt/tab\tand\nline"),
        ("/mnt/back\\134slash", "/mnt/back\\slash"),
        ("/mnt/\\134040", "/mnt/\\040"),
    ],
)
def test_escapes_of_the_mount_point_are_undone(escaped: str, path: str) -> None:
    assert bpffs.mount_point(path + "/edge", [ROOT, mount(escaped, "bpf")]) == path


def test_the_innermost_mount_counts() -> None:
    lines = [ROOT, BPFFS, mount("/sys/fs/bpf/inner", "bpf"), mount("/sys/fs/bpf/other", "tmpfs")]
    assert bpffs.mount_point("/sys/fs/bpf/inner/edge", lines) == "/sys/fs/bpf/inner"
    assert bpffs.mount_point("/sys/fs/bpf/edge", lines) == "/sys/fs/bpf"
    assert bpffs.mount_point("/sys/fs/bpf/other/edge", lines) is None


def test_of_two_mounts_at_one_point_the_later_one_counts() -> None:
    tmpfs = mount("/sys/fs/bpf", "tmpfs")
    assert bpffs.mount_point("/sys/fs/bpf/edge", [ROOT, BPFFS, tmpfs]) is None
    assert bpffs.mount_point("/sys/fs/bpf/edge", [ROOT, tmpfs, BPFFS]) == "/sys/fs/bpf"


def test_a_later_mount_over_a_directory_above_hides_bpffs() -> None:
    assert bpffs.mount_point("/sys/fs/bpf/edge", [ROOT, SYSFS, BPFFS, mount("/sys/fs", "tmpfs")]) is None


def test_a_relative_pin_root_is_refused() -> None:
    with pytest.raises(XdpError, match=r"^'ansible' is not an absolute path\. Name a directory in a BPF file system"):
        bpffs.require("ansible")


def test_names_are_sorted(tmp_path: Path) -> None:
    for name in ("b", "a", "C", "a~"):
        (tmp_path / name).mkdir()
    assert bpffs.names(str(tmp_path)) == ["C", "a", "a~", "b"]


def test_a_directory_that_is_not_there_has_no_names(tmp_path: Path) -> None:
    assert bpffs.names(f"{tmp_path}/missing") == []


def test_what_is_no_directory_has_nothing_in_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert bpffs.names(f"{tmp_path}/file") == []


def test_a_directory_that_cannot_be_listed_is_named() -> None:
    name = "x" * 300
    with pytest.raises(KernelError) as caught:
        bpffs.names(f"/tmp/{name}")
    assert (
        str(caught.value)
        == f"Cannot list /tmp/{name}: File name too long (ENAMETOOLONG). A name may have 255 bytes, and a path 4095"
    )


def is_locked(directory: Path) -> bool:
    fd = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def test_the_lock_keeps_others_out_until_the_block_ends(tmp_path: Path) -> None:
    with bpffs.locked(str(tmp_path)):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)


def test_the_lock_is_released_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(XdpError, match=r"^no$"), bpffs.locked(str(tmp_path)):
        raise XdpError("no")
    assert not is_locked(tmp_path)


def test_one_who_waits_in_vain_hears_who_has_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpffs, "_LOCK_PATIENCE", 0)
    with bpffs.locked(str(tmp_path)), pytest.raises(XdpError) as caught, bpffs.locked(str(tmp_path)):
        pass
    assert str(caught.value) == (
        f"Another run is at work on {tmp_path}, as the process {os.getpid()}, and this one has waited 0 seconds in all. "
        f"Try again when it is done"
    )


def test_what_was_waited_for_one_lock_is_not_waited_again_for_the_next(tmp_path: Path) -> None:
    patience = bpffs.Patience(0.2)
    with bpffs.locked(str(tmp_path)):
        began = time.monotonic()
        for _set in range(5):
            with pytest.raises(XdpError, match=r"has waited 0\.2 seconds in all"), bpffs.locked(
                str(tmp_path), patience
            ):
                pass
        assert time.monotonic() - began < 0.5
    with bpffs.locked(str(tmp_path), patience):  # what is free is taken all the same
        assert is_locked(tmp_path)


def test_a_lock_that_nobody_has_is_no_process_s(tmp_path: Path) -> None:
    lines = [
        f"1: FLOCK  ADVISORY  WRITE 7 00:00:{tmp_path.stat().st_ino} 0 EOF\n",
        "2: POSIX  ADVISORY  READ 9 08:01:1 128 128\n",
        "2: -> FLOCK  ADVISORY  WRITE 8 00:00:1 0 EOF\n",
    ]
    assert bpffs.lock_holder(tmp_path.stat(), lines) is None


def test_a_path_with_a_zero_byte_is_refused() -> None:
    with pytest.raises(XdpError, match=r"has a character in it that no path can have"):
        bpffs.require("/sys/fs/bpf/a\0b")
    assert bpffs.names("/tmp/a\0b") == []
