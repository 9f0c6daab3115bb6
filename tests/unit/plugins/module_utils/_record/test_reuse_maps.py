# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``reuse_maps`` may say."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record import reuse_maps


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("filter/blocked", "/bpf/filter/maps/blocked"),
        ("/sys/fs/bpf/tool/map", "/sys/fs/bpf/tool/map"),
        ("/bpf//filter/./maps/blocked", "/bpf/filter/maps/blocked"),
        ("/", "/"),
    ],
)
def test_a_map_is_named_by_its_set_or_by_its_path(reference: str, path: str) -> None:
    assert reuse_maps.path_of("/bpf/", "edge", reference) == path


@pytest.mark.parametrize("reference", ["", "filter", "filter/", "a/b/c", "../x/y", "fil ter/x", "filter/a.b", "x/~"])
def test_anything_else_names_no_map(reference: str) -> None:
    with pytest.raises(XdpError, match="names no map"):
        reuse_maps.path_of("/bpf", "edge", reference)


@pytest.mark.parametrize("reference", ["edge/blocked", "/bpf/edge/maps/blocked", "/bpf/other/../edge/maps/x", "/a\0b"])
def test_a_set_borrows_nothing_from_itself(reference: str) -> None:
    with pytest.raises(XdpError, match="is a map of the pin set edge itself"):
        reuse_maps.path_of("/bpf", "edge", reference)


def test_values_are_text() -> None:
    assert reuse_maps.references({"b": "x/b", "a": "x/a"}) == (("a", "x/a"), ("b", "x/b"))
    with pytest.raises(XdpError, match=r"reuse_maps: a is 7\."):
        reuse_maps.references({"a": 7})


def test_the_lender_is_known_by_the_path() -> None:
    assert reuse_maps.lender_of("/bpf/", "/bpf/filter/maps/blocked") == "filter"
    for path in ("/bpf/filter/programs/x", "/bpf/filter/maps/x/y", "/other/filter/maps/x", "/bpf/maps"):
        assert reuse_maps.lender_of("/bpf", path) is None
