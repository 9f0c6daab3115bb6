/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Programs that read what no kernel has: without asking, after asking, and one that reads nothing. */
#include "core.h"

struct net_device___other {
	long no_such_member;
} __core;

static __noinline int read(struct xdp_md *ctx)
{
	struct net_device___other *device = (void *)(long)ctx->data;

	if ((void *)device + 1024 > (void *)(long)ctx->data_end)
		return XDP_PASS;
	return device->no_such_member ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int unguarded(struct xdp_md *ctx)
{
	return read(ctx);
}

SEC("xdp") int guarded(struct xdp_md *ctx)
{
	struct net_device___other *device = 0;

	return field_exists(device->no_such_member) ? read(ctx) : XDP_PASS;
}

SEC("xdp") int plain(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
