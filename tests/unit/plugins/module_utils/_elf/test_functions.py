# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which functions an object has, and where."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.functions import Code, Function
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    CODE,
    DATA,
    FUNC,
    HIDDEN,
    INTERNAL,
    LOCAL,
    NOBITS,
    NOTYPE,
    PROTECTED,
    WEAK,
    ObjectFile,
    leave,
    load,
    mov,
)


def code(file: ObjectFile) -> Code:
    return Code(Elf(file.data()))


def function(file: ObjectFile, section: str, start: int) -> Function:
    found = code(file).at(file.number(section), start)
    assert found is not None
    return found


def entries(file: ObjectFile) -> list[str]:
    return [entry.function.name for entry in code(file).entries()]


def refusal(file: ObjectFile) -> str:
    with pytest.raises(XdpError) as caught:
        code(file)
    return str(caught.value)


def test_functions_by_where_they_begin() -> None:
    file = ObjectFile().function("first", mov(0, 2), leave()).function("second", load(), leave())
    file.function("help", leave(), section=".text")
    found = function(file, "xdp", 2)
    assert (found.name, found.section.name, found.start, found.length) == ("second", "xdp", 2, 3)
    assert function(file, ".text", 0).name == "help"
    for section, start in (("xdp", 1), ("xdp", 3), ("xdp", 5), (".text", 1), ("xdp", -1)):
        assert code(file).at(file.number(section), start) is None
    assert code(file).at(99, 0) is None


def test_entries_are_in_the_order_of_their_names() -> None:
    file = ObjectFile().function("b", leave()).function("c", leave(), section="xdp/c").function("a", leave())
    assert entries(file) == ["a", "b", "c"]


def test_static_functions_are_no_entries() -> None:
    assert entries(ObjectFile().function("main", leave()).function("help", leave(), binding=LOCAL)) == ["main"]


def test_functions_among_the_shared_code_are_no_entries() -> None:
    assert entries(ObjectFile().function("main", leave()).function("help", leave(), section=".text")) == ["main"]


def test_weak_functions_are_entries() -> None:
    assert entries(ObjectFile().function("main", leave(), binding=WEAK)) == ["main"]


@pytest.mark.parametrize("visibility", [HIDDEN, INTERNAL])
def test_hidden_functions(visibility: int) -> None:
    found = function(ObjectFile().function("main", leave(), visibility=visibility), "xdp", 0)
    assert (found.hidden, found.local) == (True, False)


@pytest.mark.parametrize("visibility", [0, PROTECTED])
def test_functions_that_others_see(visibility: int) -> None:
    assert not function(ObjectFile().function("main", leave(), visibility=visibility), "xdp", 0).hidden


def test_static_functions_are_local() -> None:
    assert function(ObjectFile().function("help", leave(), binding=LOCAL), "xdp", 0).local


def test_a_function_without_a_size_goes_to_the_next_one_or_to_the_end() -> None:
    # As an assembler leaves it.
    file = ObjectFile().function("first", mov(0, 2), leave(), size=0).function("second", leave(), size=0)
    assert function(file, "xdp", 0).length == 2
    assert function(file, "xdp", 2).length == 1


def test_what_is_between_functions_belongs_to_none() -> None:
    file = ObjectFile().function("first", mov(0, 2), leave(), mov(0, 1), size=16).function("second", leave())
    assert function(file, "xdp", 0).length == 2
    assert code(file).at(file.number("xdp"), 2) is None
    assert function(file, "xdp", 3).name == "second"


def test_of_several_names_of_one_function_the_global_one_counts() -> None:
    file = ObjectFile().function("main", leave()).symbol("other", "xdp", 0, 8, FUNC, LOCAL)
    assert entries(file) == ["main"]


def test_a_name_at_the_end_of_the_section_is_no_function() -> None:
    file = ObjectFile().function("main", leave()).symbol("end", "xdp", 8, 0, FUNC)
    assert entries(file) == ["main"]


def test_labels_are_no_functions() -> None:
    file = ObjectFile().function("main", mov(0, 2), leave()).symbol("LBB0_1", "xdp", 8, 0, NOTYPE, LOCAL)
    assert function(file, "xdp", 0).length == 2
    assert code(file).at(file.number("xdp"), 1) is None


def test_functions_are_only_where_code_is() -> None:
    file = ObjectFile().section(".data", bytes(8)).symbol("f", ".data", 0, 8, FUNC)
    file.section("xdp", section_type=NOBITS, flags=CODE, size=8).symbol("g", "xdp", 0, 8, FUNC)
    file.section("xdp/data", bytes(8), flags=DATA).symbol("h", "xdp/data", 0, 8, FUNC)
    assert entries(file) == []


def test_code_that_is_not_made_of_whole_instructions_is_refused() -> None:
    file = ObjectFile().section("xdp", bytes(12), flags=CODE)
    assert refusal(file) == "has a section xdp that is not made of whole instructions"


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (0, 24),
        (8, 16),
        (24, 8),
        (1 << 63, 8),
        (0, (1 << 64) - 8),
        # without a size, behind the end
        (24, 0),
        (1 << 63, 0),
        # between instructions
        (0, 12),
        (0, 1),
        (4, 8),
        (1, 0),
    ],
)
def test_a_function_that_is_not_within_its_section_is_refused(value: int, size: int) -> None:
    file = ObjectFile().section("xdp", bytes(16), flags=CODE).symbol("main", "xdp", value, size, FUNC)
    assert refusal(file) == "has a function main that is not within its section xdp"


def test_functions_on_top_of_each_other_are_refused() -> None:
    file = ObjectFile().section("xdp", bytes(32), flags=CODE)
    file.symbol("first", "xdp", 0, 24, FUNC).symbol("second", "xdp", 16, 8, FUNC)
    assert refusal(file) == "has a function second that is not within its section xdp"
