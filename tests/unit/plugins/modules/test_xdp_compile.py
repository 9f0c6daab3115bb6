# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What xdp_compile tells of an object, and of the file that it writes it to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.modules import xdp_compile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import BARE, SPEC


def test_an_object_as_it_is_described() -> None:
    assert xdp_compile._described(SPEC) == {
        "object_digest": spec_text.digest(SPEC),
        "source_digest": "5e1f",
        "programs": [
            {"name": "drop", "instructions": 1, "maps": []},
            {"name": "pass", "instructions": 5, "maps": ["rodata", "stats"]},
        ],
        "left_out": [{"name": "ingress.x", "why": "it is in section tc ß", "candidate": False, "is_map": False}],
        "maps": [
            {"name": "ports", "type": "hash", "key_size": 2, "value_size": 1, "max_entries": 1024, "flags": 1},
            {"name": "rodata", "type": "array", "key_size": 4, "value_size": 16, "max_entries": 1, "flags": 1152},
            {"name": "stats", "type": "percpu_array", "key_size": 4, "value_size": 16, "max_entries": 5, "flags": 0},
        ],
        "constants": ["port", "count.limit"],
    }


@pytest.mark.parametrize("content", [None, b"", b"{}", b"text", b"\xff\xfe"])
def test_a_file_that_is_no_object_says_nothing_before(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "prog.json"
    if content is not None:
        path.write_bytes(content)
    assert xdp_compile._before(str(path)) == {}


def test_a_file_that_is_an_object_says_what_it_was_before(tmp_path: Path) -> None:
    path = tmp_path / "prog.json"
    path.write_text(spec_text.to_text(BARE))
    assert xdp_compile._before(str(path)) == xdp_compile._described(BARE)


def test_an_object_from_the_controller_is_taken_as_it_is() -> None:
    options: dict[str, Any] = {"_object": spec_text.to_json(SPEC)}
    assert xdp_compile._spec(options, {}) == SPEC
