# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of addresses in files."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import lists


def _read(data: bytes) -> tuple[list[int], list[int]]:
    return lists.Lists({"list.txt": data}.__getitem__).prefixes("list.txt")


def test_lines_comments_and_line_ends() -> None:
    data = b"\xef\xbb\xbf# a list\r\n\r\n10.0.0.1 # one\r\n  2001:DB8::/32\t\r\n0.0.0.0/0"
    assert _read(data) == ([0x0A000001 << 6 | 32, 0], [(0x20010DB8 << 96) << 8 | 32])


def test_files_of_many_lines() -> None:
    data = b"".join(b"10.%d.%d.0/24\n" % (number >> 8, number & 255) for number in range(40_000 >> 1)) * 2
    four, six = _read(data)
    assert (len(four), len({*four}), six) == (40_000, 20_000, [])


@pytest.mark.parametrize(
    "data, message",
    [
        (
            b"10.0.0.1\n\n# x\n10.0.0.1/8\n",
            "list.txt, line 4: the prefix 10.0.0.1/8 has bits set beyond its first 8. Probably",
        ),
        (b"10.0.0.1,bad\n", "list.txt, line 1: '10.0.0.1,bad' is neither an address nor a prefix"),
        (b"10.0.0.0/8\n" * 50_000 + b"x\n", "list.txt, line 50001: 'x' is neither an address nor a prefix"),
        (
            b"\x1f\x8b123",
            "list.txt is compressed by gzip. It should be a text file with an address or a prefix in each line",
        ),
        (
            b"<!DOCTYPE html>",
            "list.txt is a web page. It should be a text file with an address or a prefix in each line",
        ),
        (
            b"10.0.0.1\n\xff\n",
            "list.txt, line 2: the byte 0xff is not UTF-8. It should be a text file with an address or",
        ),
        (b"10.0.0.1\n\0\n", "list.txt, line 2: there is a NUL character. It should be a text file"),
        (b"1" * (3 << 20), "list.txt, line 1: it has more than 1024 KiB. It should be a text file"),
    ],
)
def test_errors(data: bytes, message: str) -> None:
    with pytest.raises(XdpError) as raised:
        _read(data)
    assert message in str(raised.value)


def test_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_PREFIXES", 2)
    with pytest.raises(XdpError, match=r"line 4: the lists have more than 2 prefixes"):
        _read(b"::1\n\n::2\n::3\n")


def test_each_file_is_read_once() -> None:
    asked = []

    def read(name: str) -> bytes:
        asked.append(name)
        return b"::1"

    found = lists.Lists(read)
    assert found.prefixes("a") == found.prefixes("a") == found.prefixes("b")
    assert asked == ["a", "b"]


def test_content_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"::1\n")
    assert lists.content(str(path), "list") == b"::1\n"
    with pytest.raises(XdpError, match="list cannot be read: No such file or directory"):
        lists.content(f"{path}x", "list")
    with pytest.raises(XdpError, match=r"list (is not a file|cannot be read: Is a directory)"):
        lists.content(str(tmp_path), "list")
    with pytest.raises(XdpError, match="list is not a file"):
        lists.content("/dev/null", "list")
    monkeypatch.setattr(lists, "LARGEST", 3)
    with pytest.raises(XdpError, match="list is larger than 0 MiB"):
        lists.content(str(path), "list")
