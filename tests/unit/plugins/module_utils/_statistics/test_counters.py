# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rates from readings of a map, without the map."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.counters import Series, Snapshot
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.verdicts import SHAPES, VERDICTS, Counter

_ETH0, _ETH1 = 2, 3


def _series(*readings: tuple[int, int]) -> Series:
    """A second apart: packets of two interfaces that one CPU has passed."""
    series = Series.__new__(Series)
    series.path = "/bpf/edge/maps/xdp_stats"
    series._read = []
    for at, counted in enumerate(readings):
        rows = {
            ifindex: [[Counter(packets * (name == "pass"), 0)] for name in VERDICTS]
            for ifindex, packets in zip((_ETH0, _ETH1), counted)
        }
        series._read.append(Snapshot(None, SHAPES[16], [], float(at), rows))  # type: ignore[arg-type]
    return series


def test_each_interface_has_rates_of_its_own() -> None:
    series = _series((1000, 5), (5000, 5), (9000, 8))
    assert (series.rates_of(_ETH0), series.rates_of(_ETH1)) == ([4000.0, 4000.0], [0.0, 3.0])
    assert series.rates_of(9) == [0.0, 0.0]


def test_a_row_that_was_reset_has_no_rates_even_if_all_together_grew() -> None:
    series = _series((1000, 5), (5000, 2), (9000, 9))
    with pytest.raises(XdpError, match="were reset while they were read"):
        series.rates_of(_ETH1)
