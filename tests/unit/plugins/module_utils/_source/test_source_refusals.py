# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are refused before anything is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files as sources
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._source.c_files import flatten


@pytest.mark.parametrize("macro", ['SEC(".maps")', 'SEC( ".maps" )', 'SEC (\n\t".maps")', 'SEC("maps")'])
def test_maps_for_libbpf_are_refused(tmp_path: Path, macro: str) -> None:
    with pytest.raises(XdpError) as caught:
        flatten(tmp_path, {"prog.c": f"struct {{ int x; }} m {macro};\n"})
    assert str(caught.value) == (
        f"{tmp_path}/prog.c declares maps in a section of their own (SEC), which bcc ignores: it is a source for libbpf. "
        'Build it with clang and give src the object: clang -O2 -g -target bpf -I"/usr/include/$(uname -m)-linux-gnu" '
        "-c prog.c -o prog.o. Its headers bpf/*.h come with libbpf-dev on Debian and Ubuntu, libbpf-devel on Fedora and "
        "RHEL, libbpf on Arch"
    )


@pytest.mark.parametrize(
    "declaration",
    [
        'BPF_TABLE_PINNED("hash", u32, u64, m, 1024, "/sys/fs/bpf/m");',
        'BPF_TABLE_PINNED7 ("hash", u32, u64, m, 1024, "/sys/fs/bpf/m", 0);',
        'BPF_F_TABLE("extern:maps/pinned", u32, u64, m, 1024);',
        '__attribute__((section("maps/pinned:/sys/fs/bpf/m"))) struct m_table m;',
    ],
)
def test_maps_that_pin_themselves_are_refused(tmp_path: Path, declaration: str) -> None:
    with pytest.raises(XdpError, match=r"prog\.c pins a map itself\. Declare the map without a pin"):
        flatten(tmp_path, {"prog.c": declaration + "\n"})


def test_a_declaration_in_a_header_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(XdpError, match=r"prog\.c declares maps in a section of their own"):
        flatten(tmp_path, {"prog.c": '#include "maps.h"\n', "maps.h": 'struct m m SEC(".maps");\n'})


@pytest.mark.parametrize(
    "text",
    [
        "BPF_PERCPU_ARRAY(m, u64, 5);\n",
        'int f(struct xdp_md *ctx) SEC("xdp");\n',
        "int BPF_ARRAY_PINNED_BY;\n",
        "MY_BPF_TABLE_PINNED(m)\n",
    ],
)
def test_what_bcc_can_do_is_not_refused(tmp_path: Path, text: str) -> None:
    assert flatten(tmp_path, {"prog.c": text}).text == f'#line 1 "prog.c"\n{text}'


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


def test_the_way_out_is_said_where_vmlinux_h_is_there_and_too_large(tmp_path: Path) -> None:
    files = {"prog.c": '#include "vmlinux.h"\nint f(struct xdp_md *ctx) { return 1; }\n', "vmlinux.h": "\n" * (2 << 20)}
    with pytest.raises(XdpError) as caught:
        flatten(tmp_path, files)
    assert "more than 1 MiB" in str(caught.value)
    assert "clang -O2 -g -target bpf -DBPF_NO_PRESERVE_ACCESS_INDEX" in str(caught.value)
    assert "bpftool btf dump file /sys/kernel/btf/vmlinux format c > vmlinux.h" in str(caught.value)
