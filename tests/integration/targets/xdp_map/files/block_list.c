/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Drops IPv4 packets whose source is in a list of prefixes. */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include "common.h"

#ifndef ENTRIES
#define ENTRIES 200000
#endif

struct prefix {
	__u32 prefixlen;
	__be32 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, ENTRIES);
	__type(key, struct prefix);
	__type(value, __u32);
} blocked SEC(".maps");

/* Packets that were dropped, by the value of the prefix that they met. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} dropped SEC(".maps");

volatile __u64 seen;

SEC("xdp") int block_list(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	struct prefix source = {.prefixlen = 32};
	__u32 *list;
	__u64 *count;

	if ((void *)(ip + 1) > end || ethernet->h_proto != __builtin_bswap16(ETH_P_IP))
		return XDP_PASS;
	seen++;
	source.address = ip->saddr;
	list = bpf_map_lookup_elem(&blocked, &source);
	if (!list)
		return XDP_PASS;
	count = bpf_map_lookup_elem(&dropped, list);
	if (count)
		__sync_fetch_and_add(count, VERSION);
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
