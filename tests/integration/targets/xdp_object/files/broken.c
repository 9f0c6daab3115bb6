/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

int broken(struct xdp_md *ctx)
{
	return nothing;
}
