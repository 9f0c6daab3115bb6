/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A map that must not become full, and one that usually is. */

#include <uapi/linux/bpf.h>

BPF_HASH(known, __u32, __u32, 10);
BPF_TABLE("lru_hash", __u32, __u32, seen, 10);

int tables(struct xdp_md *ctx)
{
	__u32 key = 0;

	return known.lookup(&key) || seen.lookup(&key) ? XDP_DROP : XDP_PASS;
}
