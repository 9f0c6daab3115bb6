/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Functions that call each other: static, global and hidden ones, from two programs, and by their address. */
#include "common.h"

static long (*const bpf_loop)(__u32 times, void *callback, void *context, __u64 flags) = (void *)BPF_FUNC_loop;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} results SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
#ifndef FOR_LIBBPF /* which would pin it in the machine's own BPF file system */
	__uint(pinning, 1);
#endif
	__type(key, struct record);
	__type(value, struct record);
} empty SEC(".maps");

static __noinline int add(__u32 key, __u64 amount)
{
	__u64 *value = bpf_map_lookup_elem(&results, &key);

	if (value)
		*value += amount;
	return 0;
}

static __noinline int twice(__u32 key, __u64 amount)
{
	add(key, amount);
	return add(key, amount);
}

__noinline int is_long(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data >= 64;
}

__hidden __noinline int global_but_hidden(__u64 *value)
{
	/* Verified by itself, it would have to expect NULL. */
	return *value > 5;
}

static int each(__u32 number, void *context)
{
	add(3, number);
	return 0;
}

SEC("xdp") int calls(struct xdp_md *ctx)
{
	struct record key = {};
	__u64 ten = 10;

	twice(0, 1);
	if (is_long(ctx))
		add(1, 1);
	if (global_but_hidden(&ten))
		add(2, 1);
	if (bpf_map_lookup_elem(&empty, &key))
		return XDP_ABORTED;
	return XDP_PASS;
}

#ifdef FOR_LIBBPF /* which wants no name behind the section's kind */
#define SECOND "xdp"
#else
#define SECOND "xdp/second"
#endif
SEC(SECOND) int calls_too(struct xdp_md *ctx)
{
	twice(1, 2);
	return XDP_PASS;
}

/* Linux 5.17 */
SEC("xdp") int loops(struct xdp_md *ctx)
{
	bpf_loop(4, each, 0, 0);
	return XDP_PASS;
}

SEC("xdp.frags") int takes_fragments(struct xdp_md *ctx)
{
	twice(2, 1);
	return XDP_PASS;
}

SEC("xdp.frags/devmap") int for_a_devmap(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tc") int for_tc(struct __sk_buff *packet)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
