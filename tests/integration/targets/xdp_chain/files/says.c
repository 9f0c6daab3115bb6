/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A member under the GPL that calls a helper which only such programs may call. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int says(struct xdp_md *ctx)
{
	bpf_printk("says");
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
