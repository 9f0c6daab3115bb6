# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After which verdicts others run, as objects for libxdp have it."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.run_config import run_configs
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import ObjectFile, leave
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import program


def _types(members: dict[str, int], variable: str = "_main", section: str = ".xdp_run_config") -> BtfFile:
    btf = BtfFile()
    fields = [(name, btf.uint(value), 64 * place) for place, (name, value) in enumerate(members.items())]
    structure = btf.structure("", 8 * len(fields), fields)
    btf.datasec(section, 8 * len(fields), [(btf.var(variable, structure), 0, 8 * len(fields))])
    return btf


@pytest.mark.parametrize(
    ("members", "verdicts"),
    [
        ({"priority": 10, "XDP_PASS": 1}, ("pass",)),
        ({"priority": 5}, ("pass",)),
        ({"XDP_DROP": 1, "XDP_ABORTED": 7}, ("aborted", "drop", "pass")),
        ({"XDP_PASS": 0, "XDP_TX": 1, "XDP_REDIRECT": 1}, ("tx", "redirect")),
        ({"XDP_PASS": 0}, ()),
        ({"XDP_INVALID": 1, "drop": 1, "XDP_drop": 1}, ("pass",)),
    ],
)
def test_verdicts(members: dict[str, int], verdicts: tuple[str, ...]) -> None:
    assert run_configs(Btf(_types(members).blob())) == {"main": verdicts}


def test_an_object_that_says_nothing() -> None:
    assert run_configs(Btf(_types({"XDP_DROP": 1}, section=".rodata").blob())) == {}
    assert run_configs(Btf(b"")) == {}
    assert program(ObjectFile().function("main", leave())).proceed_on is None


def test_it_is_of_one_program() -> None:
    file = ObjectFile().function("main", leave()).function("other", leave())
    file.types(_types({"XDP_DROP": 1}))
    assert program(file).proceed_on == ("drop", "pass")
    assert program(file, "other").proceed_on is None
