/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A map that the kernel refuses, by what TYPE, ENTRIES, KEY, VALUE and FLAGS say. */
#include "../common.h"

struct {
	__uint(type, TYPE);
	__uint(max_entries, ENTRIES);
	__uint(key_size, KEY);
	__uint(value_size, VALUE);
	__uint(map_flags, FLAGS);
} unmakeable SEC(".maps");

SEC("xdp") int uses(struct xdp_md *ctx)
{
	__u64 key = 0;

	return bpf_map_lookup_elem(&unmakeable, &key) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
