# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which functions are XDP programs, by the section that they are in."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.functions import Code, Entry
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import LOCAL, ObjectFile, leave

HAS_FRAGS = 1 << 5


def entries(section: str, binding: int = 1) -> list[Entry]:
    return Code(Elf(ObjectFile().function("main", leave(), section=section, binding=binding).data())).entries()


def entry(section: str) -> Entry:
    (found,) = entries(section)
    return found


@pytest.mark.parametrize(
    "section",
    [
        "xdp",
        "xdp/main",
        "xdp/some/name",
        "?xdp",
        "??xdp",
        "?xdp/main",
        # before libbpf 1.0
        "xdp_pass",
        "xdp-drop",
        "xdp1",
        # iproute2's own
        "prog",
        # names that only look like the others
        "xdp_fragments",
        "xdp/devmaps",
        "xdp/my/devmap",
    ],
)
def test_programs_for_an_interface(section: str) -> None:
    assert entry(section)[1:] == (0, "", "xdp")


@pytest.mark.parametrize("section", ["xdp.frags", "xdp.frags/main", "?xdp.frags", "?xdp.frags/main"])
def test_programs_for_packets_in_several_fragments(section: str) -> None:
    assert (entry(section).flags, entry(section).other_hook) == (HAS_FRAGS, "")


@pytest.mark.parametrize("kind", ["devmap", "cpumap"])
@pytest.mark.parametrize(
    "section",
    ["xdp/{}", "xdp/{}/main", "xdp_{}", "xdp_{}/main", "xdp.frags/{}", "xdp.frags/{}/main", "?xdp/{}"],
)
def test_programs_that_a_map_runs(section: str, kind: str) -> None:
    name = section.format(kind)
    assert (entry(name).other_hook, entry(name).attach_type) == ("", f"xdp_{kind}")
    assert entry(name).flags == (HAS_FRAGS if "frags" in section else 0)


@pytest.mark.parametrize(
    "section",
    [
        "tc",
        "classifier",
        "socket",
        "kprobe/x",
        "program",
        "prog/main",
        "XDP",
        " xdp",
        "freplace/xdp",
        ".text.unlikely",
        ".xdp",
        "tc/devmap",
        "fentry/cpumap/x",
        "",
    ],
)
def test_programs_for_something_else(section: str) -> None:
    assert entry(section).other_hook == f"it is in section {section}, which is not for XDP programs"


@pytest.mark.parametrize("section", ["xdp", "xdp.frags", "tc", "prog"])
def test_a_static_function_is_no_program_in_any_section(section: str) -> None:
    assert entries(section, LOCAL) == []


def test_shared_code_has_no_programs() -> None:
    assert entries(".text") == []
