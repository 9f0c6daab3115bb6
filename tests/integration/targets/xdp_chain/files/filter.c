/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A member of a chain with all that makes linking hard: a function of its own, variables, and an access that the
 * running kernel's types decide about (CO-RE). */

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct net_device___here {
	int ifindex;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 128);
} blocked SEC(".maps");

const volatile __u32 limit = 1000;
__u64 seen;

static __noinline int is_blocked(__u32 interface)
{
	return bpf_map_lookup_elem(&blocked, &interface) != 0;
}

SEC("xdp")
int filter(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	if (is_blocked(ctx->ingress_ifindex))
		return XDP_DROP;
	if (!bpf_core_field_exists(struct net_device___here, ifindex))
		return XDP_ABORTED;
	return limit == VERSION ? XDP_TX : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
