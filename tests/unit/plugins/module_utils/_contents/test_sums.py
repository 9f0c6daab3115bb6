# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.build import Builder
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.sums import summing
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import Side


def _integer(builder: Builder) -> int:
    return builder.integer("unsigned int", 4)


def _text(builder: Builder) -> int:
    return builder.array(builder.integer("char", 1), 4)


def _numbers(builder: Builder) -> int:
    return builder.array(_integer(builder), 2)


def _structure(builder: Builder) -> int:
    return builder.structure(
        16, [("packets", _integer(builder), 0), ("name", _text(builder), 4), ("sizes", _numbers(builder), 8)]
    )


def _named(builder: Builder) -> int:
    return builder.structure(4, [("name", _text(builder), 0)])


@pytest.mark.parametrize(
    ("make", "values", "expected"),
    [
        (_integer, [1, 2, 3], 6),
        (_numbers, [[1, 2], [10, 20]], [11, 22]),
        (
            _structure,
            [{"packets": 1, "name": "a", "sizes": [1, 2]}, {"packets": 5, "name": "b", "sizes": [3, 4]}],
            {"packets": 6, "name": ["a", "b"], "sizes": [4, 6]},
        ),
    ],
)
def test_integers_are_added_up_wherever_they_are(make: Any, values: list[Any], expected: Any) -> None:
    builder = Builder()
    made = make(builder)
    add = summing(Side(builder.btf(), made, 4))
    assert add is not None
    assert add(values) == expected


@pytest.mark.parametrize("make", [_text, _named])
def test_there_may_be_nothing_to_add(make: Any) -> None:
    builder = Builder()
    made = make(builder)
    assert summing(Side(builder.btf(), made, 4)) is None
