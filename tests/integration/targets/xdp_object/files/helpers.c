/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A program that calls another one through an array, and one for the packets that a devmap redirects. */
#include "common.h"

#ifndef KIND
#define KIND "xdp"
#endif

static long (*const bpf_tail_call)(void *ctx, void *array, __u32 index) = (void *)BPF_FUNC_tail_call;
static long (*const bpf_redirect_map)(void *map, __u64 key, __u64 flags) = (void *)BPF_FUNC_redirect_map;

int second(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	int (*values[])(struct xdp_md *ctx);
} next SEC(".maps") = {.values = {[1] = second}};

/* How many packets the second program had, and how many found no entry. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 8);
} ports SEC(".maps");

/* Without initial values: whoever runs the program fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} mine SEC(".maps");

static __attribute__((always_inline)) int count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&seen, &which);

	if (value)
		__sync_fetch_and_add(value, 1);
	return XDP_DROP;
}

SEC(KIND) int second(struct xdp_md *ctx)
{
	return VERSION == 2 && ctx->data == ctx->data_end ? bpf_redirect_map(&ports, 0, 0) : count(0);
}

SEC(KIND) int first(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &next, 1);
	return count(1);
}

SEC(KIND) int third(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == VERSION ? XDP_PASS : count(0);
}

SEC(KIND "/devmap") int leaving(struct xdp_md *ctx)
{
	return ctx->egress_ifindex == VERSION ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
