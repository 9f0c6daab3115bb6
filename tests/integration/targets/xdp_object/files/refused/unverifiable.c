/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Reads beyond the packet. */
#include "../common.h"

SEC("xdp") int unverifiable(struct xdp_md *ctx)
{
	return *(__u8 *)(long)ctx->data; /* the verifier's log shows this line */
}

char _license[] SEC("license") = "GPL";
