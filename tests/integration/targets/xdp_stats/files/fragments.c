/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For packets in several fragments, whose whole length is counted. */

#define XDP_FRAGS
#include "xdp_stats.h"

XDP_PROGRAM int fragments(struct xdp_md *ctx)
{
	return count_verdict(ctx, XDP_DROP);
}

XDP_LICENSE("Dual BSD/GPL")
