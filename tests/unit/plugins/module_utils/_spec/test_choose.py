# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which function of an object is the program."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import candidates, choose_program, reasons
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import LeftOut


def test_the_only_function_needs_no_name() -> None:
    assert choose_program(("pass",), None) == "pass"


@pytest.mark.parametrize("wanted", ["drop", "pass"])
def test_one_of_several_is_chosen_by_name(wanted: str) -> None:
    assert choose_program(("drop", "pass"), wanted) == wanted


def test_several_functions_and_no_name_are_refused_with_what_there_is() -> None:
    with pytest.raises(XdpError) as caught:
        choose_program(("drop", "pass", "tx"), None)
    assert str(caught.value) == "There are several programs: drop, pass, tx. Say which with program"


@pytest.mark.parametrize("wanted", ["tx", "PASS", "pas", ""])
def test_a_name_that_no_function_has_is_refused_with_what_there_is(wanted: str) -> None:
    with pytest.raises(XdpError) as caught:
        choose_program(("drop", "pass"), wanted)
    near = "Did you mean pass? " if wanted == "pas" else ""
    assert str(caught.value) == f"There is no program {wanted}. {near}There is: drop, pass"


LEFT_OUT = (
    LeftOut("ingress", "it is in section tc, which is not for XDP programs"),
    LeftOut("old", "old in section xdp uses bpf_ktime, which the object does not define", candidate=True),
)


@pytest.mark.parametrize("left", LEFT_OUT)
def test_a_program_that_was_left_out_is_refused_with_the_reason(left: LeftOut) -> None:
    with pytest.raises(XdpError) as caught:
        choose_program(("drop", "pass"), left.name, LEFT_OUT)
    assert str(caught.value) == f"The program {left.name} cannot be loaded: {left.why}"


def test_a_program_for_another_hook_is_no_choice_where_no_name_is_given() -> None:
    assert choose_program(("pass",), None, LEFT_OUT[:1]) == "pass"
    assert candidates(("pass",), LEFT_OUT[:1]) == ("pass",)


def test_a_program_that_cannot_be_loaded_may_be_the_wanted_one() -> None:
    with pytest.raises(XdpError) as caught:
        choose_program(("pass",), None, LEFT_OUT)
    assert str(caught.value) == (
        "There are several programs: old, pass. Say which with program. "
        "old cannot be loaded: old in section xdp uses bpf_ktime, which the object does not define"
    )
    assert candidates(("pass",), LEFT_OUT) == ("old", "pass")


def test_a_program_that_is_named_is_chosen_whatever_was_left_out() -> None:
    assert choose_program(("pass",), "pass", LEFT_OUT) == "pass"


def test_of_many_reasons_some_are_said() -> None:
    many = tuple(LeftOut(f"p{number}", "it is broken", True) for number in range(5000))
    with pytest.raises(XdpError, match=r"p9 cannot be loaded: it is broken\. The same goes for 4990 more$") as caught:
        choose_program(("pass",), None, many)
    assert len(str(caught.value)) < 1000


def test_an_object_without_programs_says_some_of_its_reasons() -> None:
    assert reasons(LEFT_OUT[:1]) == f"{LEFT_OUT[0].name}: {LEFT_OUT[0].why}"
    assert reasons([LeftOut("p" * 5000, "y" * 5000)] * 5000).endswith("yyy...; and 4990 more")
    assert len(reasons([LeftOut("p" * 5000, "y" * 5000)] * 5000)) < 20_000


def test_a_name_that_is_neither_there_nor_left_out_is_refused_with_what_there_is() -> None:
    with pytest.raises(XdpError, match=r"^There is no program tx\. There is: drop, pass$"):
        choose_program(("drop", "pass"), "tx", LEFT_OUT)


@pytest.mark.parametrize("wanted", [None, "pass"])
def test_an_object_without_programs_is_refused(wanted: str | None) -> None:
    with pytest.raises(XdpError):
        choose_program((), wanted)
