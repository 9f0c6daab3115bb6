/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Every kind of type that Linux 5.10 does not know. newer_enums.py makes those of the enumerations, which older clangs
 * do not write. */
#include "common.h"

enum large { SMALL = 1, LARGE = 1ULL << 40 };
enum negative { LESS = -1, MORE = 1 };

struct value {
	__u64 packets;
	double real;
	enum large large;
	enum negative negative;
	enum large few : 3;
	int __attribute__((btf_type_tag("somewhere"))) * pointer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct value);
} newer SEC(".maps");

static __attribute__((noinline, btf_decl_tag("counts"))) int count(struct xdp_md *ctx)
{
	struct value *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&newer, &key);
	if (value)
		__sync_fetch_and_add(&value->packets, 1);
	return ctx->data ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int newer_types(struct xdp_md *ctx)
{
	return count(ctx);
}

char _license[] SEC("license") = "GPL";
