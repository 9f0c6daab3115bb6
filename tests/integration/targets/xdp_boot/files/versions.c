/* Copyright (c) 2026 the ebpf.xdp contributors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Two versions that the kernel gives different tags. */
int filter(struct xdp_md *ctx)
{
	return VERSION == 1 ? XDP_PASS : XDP_TX;
}
