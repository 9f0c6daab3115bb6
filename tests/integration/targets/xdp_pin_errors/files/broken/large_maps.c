/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#include <linux/bpf.h>

BPF_ARRAY(large, u64, 1 << 20);
BPF_ARRAY(other, u64, 1 << 19);

int counts(struct xdp_md *ctx)
{
	int first = 0;

	return large.lookup(&first) ? XDP_PASS : XDP_DROP;
}
