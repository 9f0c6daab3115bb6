# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Specs as JSON."""

from __future__ import annotations

import json

from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import (
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)

SPEC = ObjectSpec(
    programs=(
        ProgramSpec("pass", bytes(range(256)), (MapReference(3, "stats"), MapReference(9, "ports")), "GPL"),
        ProgramSpec("drop", b"\x95" + bytes(7), (), "Dual BSD/GPL"),
    ),
    maps=(MapSpec("ports", "hash", 2, 1, 1024, 1), MapSpec("stats", "percpu_array", 4, 16, 5, 0, 7, 11)),
    btf=b"\x9f\xeb\x01\x00\xff",
)


def test_comes_back_equal_from_json() -> None:
    assert ObjectSpec.from_json(json.loads(json.dumps(SPEC.to_json()))) == SPEC


def test_an_object_without_maps_and_types_comes_back_equal() -> None:
    bare = ObjectSpec((ProgramSpec("f", b"", (), ""),), (), b"")
    assert ObjectSpec.from_json(json.loads(json.dumps(bare.to_json()))) == bare


def test_is_the_same_text_each_time() -> None:
    again = ObjectSpec.from_json(SPEC.to_json())
    assert json.dumps(again.to_json()) == json.dumps(SPEC.to_json())


def test_the_form_is_fixed() -> None:
    # Specs are made on one host and used on another, of another version perhaps.
    spec = ObjectSpec((ProgramSpec("f", b"\x18\x11", (MapReference(0, "m"),), "GPL"),), SPEC.maps, b"\x9f\xeb")
    assert spec.to_json() == {
        "programs": [{"name": "f", "instructions": "GBE=", "references": [[0, "m"]], "license": "GPL"}],
        "maps": [
            {
                "name": "ports",
                "type": "hash",
                "key_size": 2,
                "value_size": 1,
                "max_entries": 1024,
                "flags": 1,
                "btf_key_type_id": 0,
                "btf_value_type_id": 0,
            },
            {
                "name": "stats",
                "type": "percpu_array",
                "key_size": 4,
                "value_size": 16,
                "max_entries": 5,
                "flags": 0,
                "btf_key_type_id": 7,
                "btf_value_type_id": 11,
            },
        ],
        "btf": "n+s=",
    }
