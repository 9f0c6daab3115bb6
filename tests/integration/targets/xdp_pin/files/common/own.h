/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#pragma once

/* In a header, where bcc by itself would not rewrite it. */
BPF_ARRAY(seen, u64, 1);

static inline bool is_of_type(struct xdp_md *ctx, u16 type)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	int first = 0;

	seen.increment(first);
	return data + sizeof(*ethernet) <= end && ethernet->h_proto == bpf_htons(type);
}
