/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */

/* Counts what arrives, and passes it on or drops it: VERDICT says which, and VERSION tells one version from another. */

#include "xdp_stats.h"

int versions(struct xdp_md *ctx)
{
	/* Never true, as no interface has an index above 0x7fffffff; it makes other instructions of each VERSION. */
	if (ctx->ingress_ifindex == 0x80000000 + VERSION)
		return XDP_ABORTED;
	return count_verdict(ctx, VERDICT);
}
