/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
static __attribute__((noinline)) int helper(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data > 64 ? XDP_PASS : XDP_DROP;
}
int calls(struct xdp_md *ctx) { return helper(ctx); }
int other(struct xdp_md *ctx) { return XDP_PASS; }
