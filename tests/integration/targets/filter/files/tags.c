/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Counts the frames of tagged.py by the VLAN tags that are in them: none, 7, 8, another one. */
#include <linux/if_ether.h>

BPF_PERCPU_ARRAY(seen, u64, 4);

int tags(struct xdp_md *ctx)
{
	unsigned char *frame = (void *)(long)ctx->data;
	int row = 0;

	if (frame + 18 > (unsigned char *)(long)ctx->data_end || frame[6] != 2 || frame[7] != 0xee)
		return XDP_PASS;
	if (frame[12] == 0x81 && frame[13] == 0)
		row = frame[15] == 7 ? 1 : frame[15] == 8 ? 2 : 3;
	seen.increment(row);
	return XDP_PASS;
}
