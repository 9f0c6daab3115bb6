/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A value whose only byte has two fields: what a task declares, and what the program could write. */
#include "common.h"

struct halves {
	__u8 mode : 4, seen : 4;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, struct halves);
} halves SEC(".maps");

SEC("xdp") int read_halves(struct xdp_md *ctx)
{
	__u32 key = 1;
	struct halves *found = bpf_map_lookup_elem(&halves, &key);

	return found && found->mode == 1 ? XDP_DROP : XDP_PASS;
}
