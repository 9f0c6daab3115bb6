# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which compiler a source is for, by its content."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source.libbpf_source import compiler_for, libbpf_mark
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source_files import without_comments
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import own_headers
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._source.c_files import flatten

FOR_LIBBPF = (
    "#include <bpf/bpf_helpers.h>\n",
    '#include "bpf_endian.h"\n',
    ' #  include "vmlinux.h"\n',
    "#include <vmlinux_601.h>\n",
    'struct { int x; } m SEC(".maps");\n',
    'struct bpf_map_def m SEC ( "maps" ) = {};\n',
    'SEC("xdp") int f(struct xdp_md *ctx) { return 2; }\n',
    'SEC(\n"xdp")\nint f(struct xdp_md *ctx) { return 2; }\n',
    'char _license[] __attribute__((section("license"), used)) = "GPL";\n',
    "const volatile int limit = 2;\n",
    "static const volatile int limit = 2;\n",
    "extern int LINUX_KERNEL_VERSION __kconfig;\n",
    "int f(struct sk_buff *skb) { return BPF_CORE_READ(skb, len); }\n",
)

FOR_BCC = (
    "BPF_HASH(m, u32, u64);\nint f(struct xdp_md *ctx) { return XDP_PASS; }\n",
    "#include <linux/bpf.h>\nint f(struct xdp_md *ctx) { return XDP_PASS; }\n",
    "#define BPF_CORE_READ_LIKE 1\n",
    '#define LICENSE char license[] SEC("license") = "GPL"\n',
    '// SEC("xdp")\n/* #include "vmlinux.h" */\n',
    "int f(struct xdp_md *ctx)\n{\n\tconst volatile int x = 2;\n\treturn x;\n}\n",
    '#include "xdp_stats.h"\nint f(struct xdp_md *ctx) { return count_verdict(ctx, XDP_PASS); }\n',
)


def chosen(directory: Path, text: str, wanted: str = "auto") -> str:
    flat = flatten(directory, {"prog.c": text}, own_headers()).text
    return compiler_for("prog.c", without_comments(flat), wanted)


@pytest.mark.parametrize("text", FOR_LIBBPF)
def test_a_source_for_libbpf_is_known_by_any_of_its_marks(tmp_path: Path, text: str) -> None:
    assert chosen(tmp_path, text) == "clang"
    assert chosen(tmp_path, text, "clang") == "clang"


@pytest.mark.parametrize("text", FOR_BCC)
def test_any_other_source_is_for_bcc_unless_clang_is_asked_for(tmp_path: Path, text: str) -> None:
    assert chosen(tmp_path, text) == "bcc"
    assert chosen(tmp_path, text, "bcc") == "bcc"
    assert chosen(tmp_path, text, "clang") == "clang"


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("\n  #include\t<bpf/bpf_helpers.h>\n", "#include <bpf/bpf_helpers.h>"),
        ('struct {\n} m SEC(".maps");\n', 'SEC(".maps"'),
        ('char l[] __attribute__((section("license"), used)) = "";\n', 'section("license"'),
        ("static const volatile int a;\n", "static const volatile"),
        ("extern int a __kconfig;\n", "__kconfig"),
        ("int a;\n", ""),
    ],
)
def test_the_mark_is_what_the_source_says(code: str, mark: str) -> None:
    assert libbpf_mark(code) == mark


def test_a_mark_in_a_header_counts(tmp_path: Path) -> None:
    flat = flatten(tmp_path, {"prog.c": '#include "maps.h"\n', "maps.h": 'struct m m SEC(".maps");\n'}).text
    assert compiler_for("prog.c", flat, "auto") == "clang"


def test_the_collection_s_own_program_is_for_either(tmp_path: Path) -> None:
    own = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "programs" / "xdp_stats.c"
    assert chosen(tmp_path, own.read_text()) == "bcc"


@pytest.mark.parametrize("text", FOR_LIBBPF)
def test_bcc_is_refused_what_it_would_ignore_or_cannot_compile(tmp_path: Path, text: str) -> None:
    with pytest.raises(XdpError, match=r"^prog\.c is a source for libbpf, which bcc cannot compile: it has "):
        chosen(tmp_path, text, "bcc")


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
        chosen(tmp_path, declaration + "\n")


@pytest.mark.parametrize("text", ["int BPF_ARRAY_PINNED_BY;\n", "MY_BPF_TABLE_PINNED(m)\n"])
def test_names_that_only_look_like_it_are_not(tmp_path: Path, text: str) -> None:
    assert chosen(tmp_path, text) == "bcc"
