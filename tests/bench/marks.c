/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Writes its version into each packet, so that whoever gets it knows which program it met. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp") int mark(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;

	if (data + 15 <= (unsigned char *)(long)ctx->data_end)
		data[14] = VERSION;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
