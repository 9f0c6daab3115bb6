# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that count only when they are named, and maps among what was left out."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import choose_program
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import LeftOut


def test_a_program_on_request_is_no_default() -> None:
    assert choose_program(("drop", "pass"), None, (), {"drop"}) == "pass"


def test_a_program_on_request_may_be_named() -> None:
    assert choose_program(("drop", "pass"), "drop", (), {"drop"}) == "drop"


def test_of_programs_on_request_alone_one_has_to_be_named() -> None:
    with pytest.raises(XdpError, match=r"^All programs of the object are loaded only on request .*: drop, pass\. Say"):
        choose_program(("drop", "pass"), None, (), {"drop", "pass"})


def test_a_map_that_was_left_out_is_no_program() -> None:
    with pytest.raises(XdpError, match=r"^There is no program stats\. There is: pass$"):
        choose_program(("pass",), "stats", (LeftOut("stats", "this map cannot be made", is_map=True),))
