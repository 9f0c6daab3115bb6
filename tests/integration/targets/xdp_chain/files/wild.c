/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* What the verifier rejects: it reads beyond what it knows of the packet. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int wild(struct xdp_md *ctx)
{
	return *(__u8 *)(long)ctx->data;
}

char _license[] SEC("license") = "GPL";
