/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */

/* Two versions that the kernel gives different tags. */
int filter(struct xdp_md *ctx)
{
	return VERSION == 1 ? XDP_PASS : XDP_TX;
}
