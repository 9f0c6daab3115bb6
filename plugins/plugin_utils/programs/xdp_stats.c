/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Counts every packet, and lets it pass or drops it. */

#include "xdp_stats.h"

XDP_PROGRAM int xdp_stats_pass(struct xdp_md *ctx)
{
	return count_verdict(ctx, XDP_PASS);
}

XDP_PROGRAM int xdp_stats_drop(struct xdp_md *ctx)
{
	return count_verdict(ctx, XDP_DROP);
}

XDP_LICENSE("Dual BSD/GPL")
