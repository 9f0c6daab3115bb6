# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.plugin_utils._chain import read_chain
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._chain.some_members import simple


def _read(member: dict[str, Any]) -> ObjectSpec | None:
    """Objects are given by name; a C source is left to the host."""
    if member["src"] == "nosuch.o":
        raise XdpError("Could not find nosuch.o")
    return None if member["src"].endswith(".c") else simple(member["src"].partition(".")[0])


def test_objects_are_linked_here() -> None:
    arguments = {"chain": [{"name": "one", "src": "a.o"}, {"name": "two", "src": "b.o"}], "count_verdicts": False}
    spec = read_chain(arguments, _read)
    assert spec is not None and [map_spec.name for map_spec in spec.maps] == ["one:a", "two:b"]
    assert arguments == {}


def test_several_are_counted_and_one_is_not_unless_it_is_asked_for() -> None:
    def maps(members: int, **more: Any) -> int:
        spec = read_chain({"chain": [{"name": f"m{each}", "src": "a.o"} for each in range(members)], **more}, _read)
        return len(spec.maps) - members if spec is not None else -1

    assert [maps(1), maps(2), maps(1, count_verdicts="yes"), maps(2, count_verdicts=False)] == [0, 3, 3, 0]


def test_sources_are_left_to_the_host_with_the_objects_beside_them() -> None:
    arguments = {
        "chain": [{"name": "one", "src": "a.o", "program": "main"}, {"name": "two", "src": "b.c", "proceed_on": "drop"}]
    }
    assert read_chain(arguments, _read) is None
    assert arguments["chain"] == [
        {"name": "one", "program": "main", "object": spec_text.to_json(simple("a"))},
        {"name": "two", "src": "b.c", "proceed_on": ["drop"]},
    ]


@pytest.mark.parametrize(
    ("chain", "more", "words"),
    [
        ([], {}, "it has no members"),
        ("text", {}, "chain.0."),
        ([{"src": "a.o"}], {}, "cannot be the name of a member"),
        ([{"name": "one"}], {}, "one: Give one of src, object and filter"),
        ([{"name": "one", "src": "a.o", "object": {}}], {}, "one: Give one of src, object and filter"),
        ([{"name": "one", "src": "a.o", "mode": "native"}], {}, "a member has no option mode"),
        ([{"name": "one", "src": "nosuch.o"}], {}, "chain: one: Could not find nosuch.o"),
        ([{"name": "one", "src": "a.o"}], {"src": "b.o"}, "chain and src are both given"),
        ([{"name": "one", "src": "a.o", "program": 5}], {}, "There is no program 5"),
        ([{"name": "one", "src": "a.o", "program": {"a": 1}}], {}, "There is no program {'a': 1}"),
        ([{"name": "one", "src": "a.o"}], {"filter": {}}, "chain and filter are both given"),
        ([{"name": None, "src": "a.o"}], {}, "chain.0..name: .None. cannot be the name of a member"),
        ([{"name": True, "src": "a.o"}], {}, "chain.0..name: .True. cannot be the name of a member"),
        ([{"name": "one", "src": "a.o"}], {"count_verdicts": "perhaps"}, "count_verdicts: "),
        ([{"name": "one", "src": "a.o", "proceed_on": ["never"]}], {}, "'never' is not a verdict"),
        ({"name": "one"}, {}, "chain: "),
    ],
)
def test_what_is_refused(chain: Any, more: dict[str, Any], words: str) -> None:
    with pytest.raises(XdpError, match=words):
        read_chain({"chain": chain, **more}, _read)
