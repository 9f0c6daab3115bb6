/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */

/* A user's own program: headers of its own, a constant, one of the collection's headers. */

#include <linux/if_ether.h>

#include "common/own.h"
#include "xdp_stats.h"

int own(struct xdp_md *ctx)
{
	return count_verdict(ctx, is_of_type(ctx, BLOCKED) ? XDP_DROP : XDP_PASS);
}
