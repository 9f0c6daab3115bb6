/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Does something of all that a dashboard shows. */

#include "xdp_stats.h"

BPF_HASH(filled, __u32, __u32, 10);

int faults(struct xdp_md *ctx)
{
	__u32 key = bpf_get_prandom_u32() % 3, one = 1;

	filled.update(&key, &one);
	return count_verdict(ctx, key == 0 ? XDP_ABORTED : key == 1 ? XDP_DROP : XDP_PASS);
}
