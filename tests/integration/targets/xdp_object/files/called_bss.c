/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For bcc: a map with the name that variables would have. */
BPF_HASH(bss, u32, u64, 4);

int called_bss(struct xdp_md *ctx)
{
	return bss.lookup(&(u32){1}) ? XDP_DROP : XDP_PASS;
}
