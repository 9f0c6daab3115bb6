/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Two programs that share the map seen, and each of which has a map of its own. */
#include <linux/bpf.h>

#ifndef ENTRIES
#define ENTRIES 4
#endif

BPF_ARRAY(seen, u64, ENTRIES);
BPF_ARRAY(own, u64, 1);

int shared(struct xdp_md *ctx)
{
	int first = 0;

	seen.increment(first);
	own.increment(first);
	return VERSION > 1 ? XDP_DROP : XDP_PASS;
}
