/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For clang: programs that send each frame on to an interface, as it is or with another source each time, and some that
 * drop it: at once, or after one look-up of its source. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SOURCES 1000000
/* Where an IPv4 packet's source is in its Ethernet frame. */
#define SOURCE 26

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

static __u32 sent;

SEC("xdp") int one_source(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devices, 0, 0);
}

SEC("xdp") int many_sources(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	/* A step that is prime to the number of sources: not one after the other. */
	__u32 source = 0x0a000000 + (__u32)(((__u64)sent++ * 7368787) % SOURCES);

	if (data + SOURCE + 4 > end)
		return XDP_ABORTED;
	*(__u16 *)(data + SOURCE) = __builtin_bswap16(source >> 16);
	*(__u16 *)(data + SOURCE + 2) = __builtin_bswap16(source & 0xffff);
	return bpf_redirect_map(&devices, 0, 0);
}

/* What there is no way around: to receive a packet, and nothing with it. */
SEC("xdp") int drop_at_once(struct xdp_md *ctx)
{
	return XDP_DROP;
}

struct prefix4 {
	__u32 prefixlen;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u8[4]);
	__type(value, __u64);
} hosts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 10000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix4);
	__type(value, __u64);
} prefixes SEC(".maps");

/* The least that any program does that drops by a list: nothing is checked or counted. */
SEC("xdp") int drop_by_hash(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u32 source;

	if (data + SOURCE + 4 > (void *)(long)ctx->data_end)
		return XDP_PASS;
	source = *(__u32 *)(data + SOURCE);
	return bpf_map_lookup_elem(&hosts, &source) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int drop_by_trie(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct prefix4 key = {32};

	if (data + SOURCE + 4 > (void *)(long)ctx->data_end)
		return XDP_PASS;
	*(__u32 *)key.address = *(__u32 *)(data + SOURCE);
	return bpf_map_lookup_elem(&prefixes, &key) ? XDP_DROP : XDP_PASS;
}

char filter_flood_license[] SEC("license") = "Dual BSD/GPL";
