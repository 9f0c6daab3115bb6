/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Rows for two interfaces, and a verdict that does not exist for packets of type 0x88b6. */

#define XDP_STATS_INTERFACES 2
#include "xdp_stats.h"

XDP_PROGRAM int few(struct xdp_md *ctx)
{
	const unsigned char *data = (void *)(long)ctx->data;

	if (data + 14 > (const unsigned char *)(long)ctx->data_end)
		return count_verdict(ctx, XDP_ABORTED);
	return count_verdict(ctx, data[13] == 0xb6 ? 17 : XDP_DROP);
}

XDP_LICENSE("Dual BSD/GPL")
