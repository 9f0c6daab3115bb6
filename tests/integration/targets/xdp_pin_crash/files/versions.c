/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */

/* Versions that differ, drop everything, and count it in the same map. */

#include "xdp_stats.h"

int dropping(struct xdp_md *ctx)
{
	/* Never true, as no interface has an index above 0x7fffffff; it makes other instructions of each VERSION. */
	if (ctx->ingress_ifindex == VERSION)
		return XDP_PASS;
	return count_verdict(ctx, XDP_DROP);
}
