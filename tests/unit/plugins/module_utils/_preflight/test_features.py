# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight import features
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight.features import KernelFeatures


def btf(*names: str) -> bytes:
    """The end of a BTF blob, where its names are, each between two NULs."""
    return b"\x9f\xeb\x01\x00" + bytes(20) + b"\0".join([b"", *(name.encode() for name in names), b""])


@pytest.mark.parametrize(
    ("names", "link", "frags"),
    [
        (["bpf_prog_aux", "bpf_xdp_link", "xdp_has_frags"], True, True),
        (["bpf_prog_aux", "bpf_xdp_link"], True, False),
        (["bpf_prog_aux"], False, False),
        # Longer names that hold the wanted ones.
        (["bpf_xdp_link_attach", "my_xdp_has_frags"], False, False),
    ],
)
@pytest.mark.parametrize("version", [(4, 18), (5, 14), (6, 18)])
def test_btf_counts_whatever_the_version_says(
    version: tuple[int, int], names: list[str], link: bool, frags: bool
) -> None:
    assert features.judge(version, btf(*names), True) == KernelFeatures(True, link, frags, True)


@pytest.mark.parametrize(
    ("version", "link", "frags"),
    [
        ((0, 0), False, False),
        ((5, 8), False, False),
        ((5, 9), True, False),
        ((5, 17), True, False),
        ((5, 18), True, True),
        ((6, 1), True, True),
    ],
)
def test_without_btf_the_version_counts(version: tuple[int, int], link: bool, frags: bool) -> None:
    assert features.judge(version, None, False) == KernelFeatures(False, link, frags, False)
