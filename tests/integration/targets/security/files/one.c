/* Copyright (c) 2026 the ebpf.xdp contributors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One map, one program.
 */
#include "xdp_stats.h"

XDP_PROGRAM int one_pass(struct xdp_md *ctx)
{
	return count_verdict(ctx, XDP_PASS);
}

XDP_LICENSE("GPL")
