/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* As for the loader of iproute2: its own structure, and its section. */
#include "common.h"

struct bpf_elf_map {
	__u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

static struct bpf_elf_map counters SEC("maps") = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.size_key = 4,
	.size_value = sizeof(struct record),
	.max_elem = 5,
	.pinning = 2, /* PIN_GLOBAL_NS */
};

SEC("prog") int counting(struct xdp_md *ctx)
{
	__u32 key = XDP_PASS;
	struct record *record = bpf_map_lookup_elem(&counters, &key);

	if (record)
		record->packets++;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
