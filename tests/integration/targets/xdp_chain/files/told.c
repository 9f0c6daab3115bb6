/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A member that does what its constants say, and writes down that it has been there. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 verdict = XDP_PASS;
const volatile __s32 head; /* bytes by which the packet begins later */
const volatile __u32 tail_call;
const volatile __u8 mark;

static __noinline int write_mark(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;

	if ((void *)(data + 1) > (void *)(long)ctx->data_end)
		return -1;
	/* The first byte tells in which order members have run: each makes another of it. */
	*data = *data * 31 + mark;
	return 0;
}

SEC("?xdp")
int elsewhere(struct xdp_md *ctx)
{
	write_mark(ctx);
	return (verdict + 1) & 3;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, __u32);
	__uint(max_entries, 1);
	__array(values, int(struct xdp_md *));
} targets SEC(".maps") = {.values = {[0] = (void *)&elsewhere}};

SEC("xdp")
int told(struct xdp_md *ctx)
{
	if (head && bpf_xdp_adjust_head(ctx, head))
		return XDP_ABORTED;
	if (write_mark(ctx))
		return XDP_ABORTED;
	if (tail_call)
		bpf_tail_call(ctx, &targets, 0);
	return verdict;
}

char _license[] SEC("license") = "GPL";
