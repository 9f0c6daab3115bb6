/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */

/* Versions that differ, drop everything, and count it in the same map. */

#include "xdp_stats.h"

int dropping(struct xdp_md *ctx)
{
#if VERSION == 2
	/* Never true; it makes other instructions. */
	if (ctx->ingress_ifindex == 0xffffffff)
		return XDP_PASS;
#endif
	return count_verdict(ctx, XDP_DROP);
}
