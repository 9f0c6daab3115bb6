# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an object comes from, and whether it is there already."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import origin, spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import Origin
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import BARE, SPEC


def never() -> ObjectSpec:
    raise AssertionError("nothing has to be made for that")


@pytest.mark.parametrize(
    ("source", "digest", "is_it"),
    [
        ("5e1f", "0b1e", True),
        # Another compiler may have made another object of it, which is no reason to compile again.
        ("5e1f", "other", True),
        ("5e1f", "", True),
        ("other", "0b1e", False),
        ("", "", False),
    ],
)
def test_what_has_to_be_compiled_is_known_by_its_source(source: str, digest: str, is_it: bool) -> None:
    assert Origin("5e1f", None, never).is_of(source, digest) == is_it


@pytest.mark.parametrize(
    ("source", "digest", "is_it"),
    [
        ("5e1f", "0b1e", True),
        ("other", "0b1e", True),
        ("", "0b1e", True),
        # One who gives an object wants this one.
        ("5e1f", "other", False),
        ("5e1f", "", False),
    ],
)
def test_an_object_is_known_by_itself(source: str, digest: str, is_it: bool) -> None:
    assert Origin("5e1f", "0b1e", never).is_of(source, digest) == is_it


@pytest.mark.parametrize("spec", [SPEC, BARE])
def test_a_spec_is_its_own_origin(spec: ObjectSpec) -> None:
    found = origin.of_spec(spec)
    assert (found.source, found.object) == (spec.source, spec_text.digest(spec))
    assert found.make() is spec
    assert found.is_of("another", spec_text.digest(spec))


def test_another_spec_of_the_same_source_is_another_object() -> None:
    changed = SPEC._replace(programs=SPEC.programs[:1])
    assert not origin.of_spec(SPEC).is_of(SPEC.source, spec_text.digest(changed))
