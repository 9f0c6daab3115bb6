/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For clang: programs that send each frame on to an interface, as it is or with another source each time, and one that
 * drops it. */

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

char filter_flood_license[] SEC("license") = "Dual BSD/GPL";
