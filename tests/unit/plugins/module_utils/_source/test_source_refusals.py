# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are refused before anything is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files as sources


@pytest.mark.parametrize(
    "data",
    [
        b"int a;\0\n",
        b"// stra\xdfe\n",
        b"\xff\xfei\0n\0t\0",
        # An ELF header, of which the first bytes alone would be text.
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\xf7\0",
    ],
)
def test_what_is_not_text_is_refused(data: bytes) -> None:
    with pytest.raises(XdpError) as caught:
        sources.decode("files/prog.o", data)
    assert str(caught.value) == "files/prog.o is neither C source nor an ELF object nor an object spec"


def test_text_beyond_ascii_is_taken() -> None:
    assert sources.decode("prog.c", "// Straße\r\nint a;".encode()) == "// Straße\r\nint a;"


@pytest.mark.parametrize("text", ["", "int a;\n", "#line 1\n", "\ufeff"])
def test_the_mark_of_utf_8_at_the_start_is_no_part_of_the_text(text: str) -> None:
    assert sources.decode("prog.c", b"\xef\xbb\xbf" + text.encode()) == text


def test_a_source_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(XdpError) as caught:
        sources.read(f"{tmp_path}/prog.c")
    assert str(caught.value) == f"Cannot read the source {tmp_path}/prog.c: No such file or directory"
    with pytest.raises(XdpError) as caught:
        sources.read(str(tmp_path))
    assert str(caught.value) == f"Cannot read the source {tmp_path}: Is a directory"


def test_a_file_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prog.c").write_bytes(b" " * (sources.LARGEST_FILE + 1))
    with pytest.raises(XdpError, match=r"prog\.c is larger than 4 MiB, which no C source of an XDP program is"):
        sources.read(f"{tmp_path}/prog.c")


def test_headers_of_the_kernel_s_types_may_be_larger(tmp_path: Path) -> None:
    (tmp_path / "vmlinux.h").write_bytes(b" " * (sources.LARGEST_FILE + 1))
    assert len(sources.read(f"{tmp_path}/vmlinux.h")) == sources.LARGEST_FILE + 1
    with open(tmp_path / "vmlinux.h", "wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(XdpError, match=r"vmlinux\.h is larger than 32 MiB"):
        sources.read(f"{tmp_path}/vmlinux.h")
