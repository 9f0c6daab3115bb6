/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Maps of maps: by slot and by key, filled and empty. Versions count by different numbers. */
#include "common.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, __u64);
} blue SEC(".maps"), green SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	struct inner *values[];
} tables SEC(".maps") = {.values = {[1] = &blue, [3] = &green}};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 1);
		__type(key, __u32);
		__type(value, __u64);
	} *values[];
} empty SEC(".maps");

SEC("xdp") int nested(struct xdp_md *ctx)
{
	__u32 slot = 1, zero = 0;
	void *inner = bpf_map_lookup_elem(&tables, &slot);
	__u64 *count = inner ? bpf_map_lookup_elem(inner, &zero) : 0;

	if (count)
		__sync_fetch_and_add(count, VERSION);
	return bpf_map_lookup_elem(&empty, &zero) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
