/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* One program that would have to be fitted to the kernel's types, and one that need not. */
#include "../common.h"

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

SEC("xdp") int fitted(struct xdp_md *ctx)
{
	struct net_device *device = (void *)(long)ctx->data;

	if ((void *)(device + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	return device->ifindex ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int not_fitted(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
