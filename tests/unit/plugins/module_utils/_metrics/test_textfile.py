# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing that is planted in the exporter's directory leads root elsewhere. These run as any user; the kernel's checks are its own."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics import textfile


def _file(directory: Path) -> str:
    return str(directory / "ebpf_xdp.prom")


def test_the_file_is_readable_for_all_and_alone(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        textfile.write(_file(tmp_path), "a 1\n")
    finally:
        os.umask(before)
    assert os.listdir(tmp_path) == ["ebpf_xdp.prom"]
    assert (tmp_path / "ebpf_xdp.prom").read_text() == "a 1\n"
    assert stat.S_IMODE(os.stat(_file(tmp_path)).st_mode) == 0o644


def test_whoever_has_it_open_keeps_the_old_text(tmp_path: Path) -> None:
    textfile.write(_file(tmp_path), "a 1\n")
    with open(_file(tmp_path), encoding="utf-8") as old:
        textfile.write(_file(tmp_path), "a 2\n")
        assert old.read() == "a 1\n"
    assert Path(_file(tmp_path)).read_text() == "a 2\n"


@pytest.mark.parametrize("name", ["ebpf_xdp.prom", "ebpf_xdp.prom.new"])
def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(tmp_path: Path, name: str) -> None:
    directory, elsewhere = tmp_path / "textfiles", tmp_path / "shadow"
    directory.mkdir()
    elsewhere.write_text("secret\n")
    (directory / name).symlink_to(elsewhere)
    textfile.write(_file(directory), "a 1\n")
    assert elsewhere.read_text() == "secret\n" and stat.S_ISREG(os.lstat(_file(directory)).st_mode)
    assert os.listdir(directory) == ["ebpf_xdp.prom"]


def test_a_hard_link_in_the_place_of_the_temporary_file_is_not_written_to(tmp_path: Path) -> None:
    elsewhere = tmp_path / "shadow"
    elsewhere.write_text("secret\n")
    os.link(elsewhere, _file(tmp_path) + ".new")
    textfile.write(_file(tmp_path), "a 1\n")
    assert elsewhere.read_text() == "secret\n"


def test_a_directory_in_the_place_of_the_temporary_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ebpf_xdp.prom.new").mkdir()
    with pytest.raises(XdpError, match="Cannot write /"):
        textfile.write(_file(tmp_path), "a 1\n")


def test_a_link_in_the_place_of_the_directory_is_refused_where_others_may_have_made_it(tmp_path: Path) -> None:
    theirs, elsewhere = tmp_path / "theirs", tmp_path / "etc"
    theirs.mkdir()
    elsewhere.mkdir()
    (theirs / "textfiles").symlink_to(elsewhere)
    os.chmod(theirs, 0o777)
    with pytest.raises(XdpError, match="textfiles in it is a symbolic link that somebody other than root may have"):
        textfile.write(str(theirs / "textfiles" / "ebpf_xdp.prom"), "a 1\n")
    assert os.listdir(elsewhere) == []


def test_a_link_of_our_own_is_followed(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    (tmp_path / "there").mkdir()
    (tmp_path / "absolute").symlink_to(tmp_path / "there")
    (tmp_path / "relative").symlink_to("../" + tmp_path.name + "/there")
    for name in ("absolute", "relative"):
        textfile.write(str(tmp_path / name / f"{name}.prom"), "a 1\n")
    assert sorted(os.listdir(tmp_path / "there")) == ["absolute.prom", "relative.prom"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(XdpError, match="which is no directory"):
        textfile.write(str(tmp_path / "one" / "x.prom"), "")


@pytest.mark.parametrize("path", ["ebpf_xdp.prom", "/tmp/", "", "/tmp/.."])
def test_what_is_no_path_of_a_file_is_refused(path: str) -> None:
    with pytest.raises(XdpError, match="is not the absolute path of a file"):
        textfile.write(path, "")


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(XdpError, match="nowhere is not there"):
        textfile.write(str(tmp_path / "nowhere" / "x.prom"), "")


def test_removing(tmp_path: Path) -> None:
    textfile.write(_file(tmp_path), "a 1\n")
    assert textfile.remove(_file(tmp_path)) and not textfile.remove(_file(tmp_path))
    assert not textfile.remove(str(tmp_path / "nowhere" / "x.prom"))
