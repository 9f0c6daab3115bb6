# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the second format adds to a spec, where it is not as it has to be."""

from __future__ import annotations

import copy
import json
import struct
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import BARE, EXTENDED
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.test_spec_text_refusals import (
    encoded,
    refusal,
)

DATA = spec_text.to_json(EXTENDED)
del DATA["digest"]
ENTRY = "programs.0"
OUTER = "maps.1"
SETTINGS = "maps.2"
TAIL_CALLS = "maps.3"


def changed(path: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    at: Any = data
    *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in above:
        at = at[key]
    at[last] = value
    return data


def test_the_data_that_the_others_are_made_from_is_good() -> None:
    assert spec_text.from_json(DATA) == EXTENDED


def test_it_is_not_taken_for_the_first_format() -> None:
    # A version that knows no other would load the program without its relocations.
    assert refusal(changed("format", "ebpf.xdp object 1")) == (
        "format is 'ebpf.xdp object 1', and what follows is 'ebpf.xdp object 2'"
    )


def test_the_second_format_is_not_claimed_in_vain() -> None:
    data = {**json.loads(spec_text.to_text(BARE)), "format": "ebpf.xdp object 2"}
    assert refusal(data) == "format is 'ebpf.xdp object 2', and what follows is 'ebpf.xdp object 1'"


@pytest.mark.parametrize("info", ["func_info", "line_info"])
def test_relocations_without_what_the_kernel_needs_for_them(info: str) -> None:
    assert refusal(changed(f"{ENTRY}.{info}", "")) == (
        "entry has CO-RE relocations without func_info and line_info: the kernel would ignore them"
    )


@pytest.mark.parametrize("place", [1, 15, 32, 1 << 20, (1 << 32) - 8])
def test_a_relocation_where_no_instruction_is(place: int) -> None:
    record = encoded(struct.pack("=4I", place, 4, 9, 0))
    assert refusal(changed(f"{ENTRY}.core_relocations", record)) == (
        f"entry has a CO-RE relocation at byte {place}, where no instruction is"
    )


def test_half_a_relocation() -> None:
    assert refusal(changed(f"{ENTRY}.core_relocations", encoded(bytes(15)))).endswith("not a multiple of 16 bytes")


@pytest.mark.parametrize(
    ("instruction", "kind"),
    [(1, "function"), (3, "function"), (4, "function"), (1 << 31, "function"), (2, "variable"), (2, "address")],
)
def test_an_instruction_that_refers_to_nothing_of_the_kernel(instruction: int, kind: str) -> None:
    reference = {"instruction": instruction, "name": "jiffies", "kind": kind, "weak": False}
    assert refusal(changed(f"{ENTRY}.kernel_references.0", reference)) == (
        f"entry refers to jiffies at instruction {instruction}, which cannot do so"
    )


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (f"{ENTRY}.attach_type", "tc", "programs[0].attach_type is 'tc', which is not known"),
        (f"{ENTRY}.attach_type", 7, "programs[0].attach_type is not a text"),
        (f"{ENTRY}.on_request", 1, "programs[0].on_request is not a boolean"),
        (f"{ENTRY}.bound_maps", ["none"], "entry belongs to the map none, which is missing"),
        (f"{ENTRY}.bound_maps", [1], "programs[0].bound_maps is not a list of texts"),
        (f"{ENTRY}.bound_maps", "kconfig", "programs[0].bound_maps is not a list"),
        (f"{ENTRY}.kernel_references", [1], "programs[0].kernel_references[0] is not a dictionary"),
        (
            f"{ENTRY}.kernel_references.0.kind",
            "type",
            "programs[0].kernel_references[0].kind is 'type', which is not known",
        ),
        (f"{OUTER}.inner", [], "maps[1].inner is not a dictionary"),
        (f"{OUTER}.inner.key_size", -1, "maps[1].inner.key_size is not a number below 4294967296"),
        (f"{OUTER}.inner.variables", "", "by_port has a map within, which it cannot have"),
        (f"{OUTER}.type", "array", "by_port has a map within, which it cannot have"),
        (f"{TAIL_CALLS}.inner", DATA["maps"][1]["inner"], "next has a map within, which it cannot have"),
        (f"{OUTER}.values.0.name", "green", "by_port is filled with green, which is missing"),
        (f"{OUTER}.values.0.slot", 3, "the values of by_port are not in the order of their slots"),
        (f"{TAIL_CALLS}.values.0.name", "blue", "next is filled with blue, which is missing"),
        (f"{SETTINGS}.settings.0.offset", 5, "the setting LINUX_KERNEL_VERSION lies outside of kconfig"),
        (f"{SETTINGS}.settings.1.size", 5, "the setting CONFIG_BPF lies outside of kconfig"),
        (f"{SETTINGS}.variables", None, "the setting LINUX_KERNEL_VERSION lies outside of kconfig"),
        (f"{SETTINGS}.settings.0.kind", "float", "maps[2].settings[0].kind is 'float', which is not known"),
    ],
)
def test_what_cannot_be(path: str, value: Any, why: str) -> None:
    assert refusal(changed(path, value)) == why
