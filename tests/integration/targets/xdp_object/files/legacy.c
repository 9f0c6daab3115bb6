/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Maps as structures, as objects had them before libbpf 1.0; these are what aya's #[map] makes. */
#include "common.h"

struct bpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags, id, pinning;
};

struct bpf_map_def counters SEC("maps") = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.key_size = 4,
	.value_size = sizeof(struct record),
	.max_entries = 5,
	.pinning = 1, /* by name */
};

struct bpf_map_def ports SEC("maps") = {
	.type = BPF_MAP_TYPE_LPM_TRIE,
	.key_size = 8,
	.value_size = 1,
	.max_entries = 100,
	.map_flags = BPF_F_NO_PREALLOC,
};

struct bpf_map_def others SEC("maps/others") = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 3,
};

SEC("xdp/legacy") int legacy(struct xdp_md *ctx)
{
	__u32 key = XDP_PASS;
	struct record *record = bpf_map_lookup_elem(&counters, &key);

	if (record) {
		record->packets++;
		record->bytes += ctx->data_end - ctx->data;
	}
	key = 8;
	bpf_map_lookup_elem(&others, &key);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
