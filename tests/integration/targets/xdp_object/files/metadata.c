/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Programs that read packet metadata from the network card, so that the kernel takes each for one interface. */
#include "common.h"

#define __ksym __attribute__((section(".ksyms")))

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym;

/* How many packets came without a time, and how many with one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

#ifdef CALLED
static long (*const bpf_tail_call)(void *ctx, void *array, __u32 index) = (void *)BPF_FUNC_tail_call;

int stamped(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	int (*values[])(struct xdp_md *ctx);
} next SEC(".maps") = {.values = {[0] = stamped}};

SEC("xdp") int calling(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &next, 0);
	return XDP_PASS;
}
#endif

__u64 packets;

SEC(SECTION) int stamped(struct xdp_md *ctx)
{
	__u64 when = 0;
	__u32 which = !bpf_xdp_metadata_rx_timestamp(ctx, &when);
	__u64 *count = bpf_map_lookup_elem(&seen, &which);

	packets++;
	if (count)
		__sync_fetch_and_add(count, 1);
	return when == VERSION ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
