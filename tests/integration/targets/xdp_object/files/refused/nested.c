/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A map of maps. */
#include "../common.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	struct inner *values[];
} outer SEC(".maps");

SEC("xdp") int nested(struct xdp_md *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&outer, &zero) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
