/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Addresses in variables. */
#include "../common.h"

static __noinline int one(struct xdp_md *ctx)
{
	return XDP_PASS;
}

int (*volatile chosen)(struct xdp_md *) SEC(".data") = one;

SEC("xdp") int pointers(struct xdp_md *ctx)
{
	return one(ctx) + (chosen == 0);
}

char _license[] SEC("license") = "GPL";
