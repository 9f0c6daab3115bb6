/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Programs of which each needs something else: an address in a variable, which cannot be filled in, a trie that the
 * kernel does not make without BPF_F_NO_PREALLOC, and nothing. */
#include "common.h"

static __noinline int one(struct xdp_md *ctx)
{
	return XDP_PASS;
}

int (*volatile chosen)(struct xdp_md *) SEC(".data.chosen") = one;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 5);
	__type(key, __u64);
	__type(value, __u64);
} routes SEC(".maps");

SEC("xdp") int addressing(struct xdp_md *ctx)
{
	return one(ctx) + (chosen == 0);
}

SEC("xdp") int routing(struct xdp_md *ctx)
{
	__u64 key = 0;

	return bpf_map_lookup_elem(&routes, &key) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int plain(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
