/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A variable of somebody else's. */
#include "../common.h"

extern const int CONFIG_HZ __attribute__((section(".kconfig")));

SEC("xdp") int unknown(struct xdp_md *ctx)
{
	return CONFIG_HZ == 250 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
