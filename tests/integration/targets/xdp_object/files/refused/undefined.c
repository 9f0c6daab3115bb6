/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A program that calls what the object does not have, and one that does not. */
#include "../common.h"

extern int somebody_else(int number);

SEC("xdp") int complete(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp") int incomplete(struct xdp_md *ctx)
{
	return somebody_else(1);
}

char _license[] SEC("license") = "GPL";
