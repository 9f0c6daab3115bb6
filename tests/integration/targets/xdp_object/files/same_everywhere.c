/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For bcc. Whatever version of it compiles this, the instructions are likely to be the same. */
struct counted {
	u64 packets;
	u32 last[2];
};

BPF_HASH(counted, u32, struct counted, 16);

int same_everywhere(struct xdp_md *ctx)
{
	u32 key = ctx->ingress_ifindex;
	struct counted *value = counted.lookup(&key);

	if (value)
		value->packets++;
	return XDP_PASS;
}
