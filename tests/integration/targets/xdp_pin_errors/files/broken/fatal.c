/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* bcc has a variable of this name, and LLVM ends the process over it. */
int version(struct xdp_md *ctx)
{
	return XDP_PASS;
}
