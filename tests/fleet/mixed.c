/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Drops some packets in a hundred, so that there is something to see. */

#include "xdp_stats.h"

int mixed(struct xdp_md *ctx)
{
	return count_verdict(ctx, bpf_get_prandom_u32() % 100 < DROPPED ? XDP_DROP : XDP_PASS);
}
