# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where the monitor is pinned: in a directory beside the pin sets, whose name no pin set can have."""

from __future__ import annotations

import os

DIRECTORY = "@monitor"

#: Maps: packets by interface, program and reason, and packets for whose key there was no room.
COUNTS, LOST = "counts", "lost"


def path_of(pin_root: str) -> str:
    """The directory of the monitor's pins."""
    return os.path.join(pin_root, DIRECTORY)
