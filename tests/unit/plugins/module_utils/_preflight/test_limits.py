# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight.limits import MtuLimit, mtu_limit


@pytest.mark.parametrize(
    ("driver", "page_size", "limit"),
    [
        # What veth refuses one byte above, on Linux 6.18 (integration target xdp_host_info).
        ("veth", 4096, MtuLimit(3506, "driver")),
        ("virtio_net", 4096, MtuLimit(3506, "driver")),
        ("ixgbe", 4096, MtuLimit(3506, "page")),
        (None, 65536, MtuLimit(64946, "page")),
    ],
)
@pytest.mark.parametrize("native", [True, None])
def test_what_is_left_of_a_page(native: bool | None, driver: str | None, page_size: int, limit: MtuLimit) -> None:
    assert mtu_limit(native, driver, page_size) == limit


def test_without_native_mode_there_is_no_limit() -> None:
    assert mtu_limit(False, "dummy", 4096) is None
