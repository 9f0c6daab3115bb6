# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The maps in which programs and chains count, for what links a chain and for those who read them.

``OF_PROGRAM``, which ``bpf/xdp_stats.h`` declares, and ``ROWS`` of a chain are per-CPU arrays of rows, one for each interface: a
32-bit index, 32 unused bits, and packets and bytes by verdict, 64 bits each. An interface has the row of its index modulo the
number of rows but one, which in a chain is ``INTERFACES``; a second one with the same is counted in the last row, whose
index is 0. ``MEMBERS`` is one value for each CPU: packets by verdict, for each of ``MOST_MEMBERS`` slots. A
member has the slot that is on the pin set's record.
"""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import CHAIN

OF_PROGRAM = "xdp_counters"
#: What the header declared before: by verdict alone.
VERDICTS_ALONE = "xdp_stats"
#: What programs of xdp-tools and xdp-tutorial declare, by verdict alone as well (headers/xdp/xdp_stats_kern_user.h).
OF_XDP_TOOLS = "xdp_stats_map"

ROWS = f"{CHAIN}:{OF_PROGRAM}"
MEMBERS = f"{CHAIN}:members"

#: In a pin set's record, between a map and a name that has a row of it (``NamedCounters``). The names of members stand alone.
OF_NAMES = "/"

#: enum xdp_action of include/uapi/linux/bpf.h by the names that options use; a verdict's number is its place.
VERDICTS = ("aborted", "drop", "pass", "tx", "redirect")

#: Counters of a row: one for each verdict, and one for those that do not exist.
COUNTERS = len(VERDICTS) + 1

#: Interfaces that have a row each, a power of two.
INTERFACES = 64

#: Members that can be counted, and the most that a chain can have.
MOST_MEMBERS = 16

#: Bytes of a row of ``ROWS``, and where its counters begin.
ROW_COUNTERS = 8
ROW = ROW_COUNTERS + COUNTERS * 16
#: Bytes of a slot of ``MEMBERS``.
SLOT = COUNTERS * 8
