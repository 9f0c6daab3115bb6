# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action plugin hands over arrives, and a task cannot hand over anything."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal


def test_what_is_handed_over_arrives_where_it_was() -> None:
    options: dict[str, Any] = {
        "name": "edge",
        "_text": "int a;",
        "_sent": {"_vmlinux.h": "/t/vmlinux.h"},
        "defines": {"_A": 1},
        "chain": [{"name": "a", "_text": "int b;"}, {"name": "b"}],
        "contents": [{"map": "m", "_packed": {"digest": "d"}}],
        "tests": [{"verdict": "drop", "_data": "AA=="}],
    }
    packed = _internal.pack(options)
    assert packed["xdp_internal"] == {"text": "int a;", "sent": {"_vmlinux.h": "/t/vmlinux.h"}}
    assert packed["defines"] == {"_A": 1}
    assert packed["chain"] == [{"name": "a", "xdp_internal": {"text": "int b;"}}, {"name": "b"}]
    # As Ansible fills in what is left out.
    packed["chain"][1]["xdp_internal"] = None
    _internal.unpack(packed)
    assert (packed["_text"], packed["_sent"]) == ("int a;", {"_vmlinux.h": "/t/vmlinux.h"})
    assert packed["chain"][0]["_text"] == "int b;"
    assert packed["chain"][1]["_text"] is None
    assert packed["contents"] == [{"map": "m", "_packed": {"digest": "d"}, "_renewed": False}]
    assert packed["tests"] == [{"verdict": "drop", "_data": "AA==", "_out": None}]
    assert "xdp_internal" not in str(packed)


def test_the_options_stay_as_they_are_until_they_are_sent() -> None:
    options: dict[str, Any] = {"_text": "a", "contents": [{"_packed": {}}]}
    _internal.pack(options)
    assert options == {"_text": "a", "contents": [{"_packed": {}}]}


def test_modules_without_the_option_get_none_of_it() -> None:
    options: dict[str, Any] = {"name": "edge"}
    _internal.unpack(options)
    assert options == {"name": "edge"}


@pytest.mark.parametrize(("option", "reserved"), [("xdp_internal", True), ("_text", True), ("text", False), (1, False)])
def test_what_a_task_may_not_set(option: Any, reserved: bool) -> None:
    assert _internal.is_reserved(option) == reserved
