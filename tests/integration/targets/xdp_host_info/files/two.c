/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Two programs, of which one takes packets in several buffers. */
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))

SEC("xdp") int in_one_buffer(struct xdp_md *context)
{
	return XDP_PASS;
}

SEC("xdp.frags") int in_several(struct xdp_md *context)
{
	return XDP_PASS;
}
