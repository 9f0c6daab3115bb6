/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Called like libxdp's dispatcher, but its one map holds programs to jump to. */
BPF_PROG_ARRAY(next, 1);

int xdp_dispatcher(struct xdp_md *ctx)
{
	next.call(ctx, 0);
	return XDP_PASS;
}
