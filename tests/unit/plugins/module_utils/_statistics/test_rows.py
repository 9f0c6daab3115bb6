# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import COUNTERS, ROW, VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import rows
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.verdicts import Counter


def _row(ifindex: int, **counted: tuple[int, int]) -> bytes:
    numbers = [number for name in (*VERDICTS, "unknown") for number in counted.get(name, (0, 0))]
    return struct.pack(f"=2I{2 * COUNTERS}Q", ifindex, 0, *numbers)


def test_rows_are_added_up_by_verdict_and_cpu() -> None:
    # Two rows, each with two CPUs.
    values = [
        _row(2, drop=(1, 60)) + _row(2, drop=(2, 120)),
        _row(3, drop=(10, 600), unknown=(5, 50)) + _row(0),
    ]
    interfaces = rows.by_interface(values)
    drop, aborted = VERDICTS.index("drop"), VERDICTS.index("aborted")
    assert interfaces.keys() == {2, 3}
    assert interfaces[2][drop] == [Counter(1, 60), Counter(2, 120)]
    assert interfaces[3][drop] == [Counter(10, 600), Counter(0, 0)]
    found = rows.total(interfaces.values(), 2)
    assert found[drop] == [Counter(11, 660), Counter(2, 120)]
    assert found[aborted] == [Counter(5, 50), Counter(0, 0)]  # as the kernel takes it
    assert rows.is_rows("percpu_array", 4, ROW) and not rows.is_rows("percpu_array", 4, 16)


def test_interfaces_that_share_a_row_are_one() -> None:
    values = [_row(66, drop=(1, 60)) + _row(2, drop=(2, 120)), _row(0, drop=(5, 300)) + _row(0)]
    found = rows.by_interface(values)
    # Each CPU gives its row to the first that comes.
    assert {ifindex: rows.total([each], 2)[VERDICTS.index("drop")] for ifindex, each in found.items()} == {
        66: [Counter(1, 60), Counter(0, 0)],
        2: [Counter(0, 0), Counter(2, 120)],
        0: [Counter(5, 300), Counter(0, 0)],
    }
    assert rows.total([], 2) == rows.nothing(2)
