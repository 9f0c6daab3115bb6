# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether a pinned map serves an object's map, field by field."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo, settable_flags
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._load.maps import actual_entries
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

#: What another version of a program's variables may have otherwise.
CHANGING_WITH_VARIABLES = ("value_size", "flags")


class Difference(NamedTuple):
    """A property in which a pinned map is not as the object wants it; both in words."""

    field: str
    pinned: str
    wanted: str


def shape_within(wanted: MapSpec) -> str:
    """What each entry of a map of maps is like, in words that go on record; empty for any other map.

    It is what the kernel compares (bpf_map_meta_equal, array_map_meta_equal).
    """
    inner = wanted.inner
    if inner is None:
        return ""
    return (
        f"{inner.type}, key {inner.key_size}, value {inner.value_size}, {actual_entries(inner)} entries, "
        f"flags {inner.flags:#x}"
    )


def differences(pinned: MapInfo, wanted: MapSpec, device: int = 0, inner: str | None = None) -> list[Difference]:
    """The fields that must be equal for the map to be used in place of a new one.

    They are those that libbpf compares (bpf_map__reuse_fd and
    map_is_reuse_compat in libbpf.c); and ``device``, the interface index of a
    network card that runs programs itself, or 0. ``inner`` is what is on record
    of the maps within a map of maps, of which the kernel says nothing.
    """
    pairs = (
        ("type", pinned.type, wanted.type),
        ("key_size", pinned.key_size, wanted.key_size),
        ("value_size", pinned.value_size, wanted.value_size),
        ("max_entries", pinned.max_entries, actual_entries(wanted)),
        ("offload_ifindex", pinned.offload_ifindex, device),
        ("flags", hex(settable_flags(pinned)), hex(wanted.flags)),
        ("map_extra", pinned.map_extra, wanted.extra),
        ("inner map", inner or "unknown", shape_within(wanted) or inner or "unknown"),
    )
    return [Difference(field, str(old), short(new)) for field, old, new in pairs if old != new]


def explain(found: list[Difference]) -> str:
    """All differences as one phrase of an error."""
    return ", ".join(f"{field} is {pinned} and would have to be {wanted}" for field, pinned, wanted in found)
