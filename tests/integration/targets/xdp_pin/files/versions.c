/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A program of several versions: what changes from one to the next is chosen by constants. */
#include "xdp_stats.h"

#if VERSION >= 2
BPF_ARRAY(added, u64, 1);
#else
BPF_ARRAY(dropped, u64, 1);
#endif

#ifndef ENTRIES
#define ENTRIES 4
#endif
BPF_ARRAY(sized, u64, ENTRIES);

int versioned(struct xdp_md *ctx)
{
	int first = 0;

	sized.increment(first);
#if VERSION >= 2
	added.increment(first);
#else
	dropped.increment(first);
#endif
	return count_verdict(ctx, VERSION >= 2 ? XDP_DROP : XDP_PASS);
}
