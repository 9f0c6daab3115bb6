/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* As most are written today: by vmlinux.h. The collection's header takes the types from there, too. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "xdp_stats.h"

#ifndef BLOCKED
#define BLOCKED 0x0060 /* ETH_P_LOOP */
#endif

SEC("xdp")
int kernel_types(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;

	if ((void *)(ethernet + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	return count_verdict(ctx, ethernet->h_proto == bpf_htons(BLOCKED) ? XDP_DROP : XDP_PASS);
}

char _license[] SEC("license") = "GPL";
