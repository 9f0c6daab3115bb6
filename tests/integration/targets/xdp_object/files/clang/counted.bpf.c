/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* In libbpf's style, with headers of its own, of the collection and of the C library, a map, a constant and a define.
 */
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "own/lengths.h"
#include "linux/if_ether.h"
#include "xdp_stats.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, uint64_t);
} lengths SEC(".maps");

SEC("xdp")
int counted(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	__u32 length = end - data;
	uint64_t one = 1;

	bpf_map_update_elem(&lengths, &length, &one, BPF_ANY);
	if (data + sizeof(*ethernet) > end || is_too_long(length))
		return count_verdict(ctx, XDP_DROP);
	return count_verdict(ctx, ethernet->h_proto == bpf_htons(ETH_P_BLOCKED) ? XDP_DROP : XDP_PASS);
}

char _license[] SEC("license") = "GPL";
