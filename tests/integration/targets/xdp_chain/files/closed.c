/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A member whose licence is not compatible with the GPL. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int closed(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Proprietary";
