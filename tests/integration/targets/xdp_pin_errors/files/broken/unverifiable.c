/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Reads the packet without looking where it ends. */
int reads_beyond(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;

	return data[100] ? XDP_PASS : XDP_DROP;
}
