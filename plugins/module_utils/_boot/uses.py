# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the boot program is wanted for beside pin sets: files in the directory of kept sets, as long as it is."""

from __future__ import annotations

#: For "ebpf-xdp metrics"; the file is empty.
METRICS = "metrics"
#: To bring back the monitor; the file says more (monitor.py).
MONITOR = "monitor"

USES = (METRICS, MONITOR)
