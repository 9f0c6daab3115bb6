/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Loses packets in several ways, by the last byte of their type. */

#include "xdp_stats.h"

int lossy(struct xdp_md *ctx)
{
	const unsigned char *data = (void *)(long)ctx->data;

	if (data + 14 > (const unsigned char *)(long)ctx->data_end)
		return XDP_PASS;
	switch (data[13]) {
	case 0xb5:
		return XDP_ABORTED;
	case 0xb6:
		return 17 + VERSION;
	case 0xb7:
		return bpf_redirect(0x7ffffffe, 0); /* there is no such interface */
	default:
		return XDP_PASS;
	}
}
