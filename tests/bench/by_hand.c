/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For clang, what counting is measured against: nothing, verdicts alone, and the floor. */

#include <linux/bpf.h>

struct record {
	__u64 packets;
	__u64 bytes;
};

struct {
	int (*type)[BPF_MAP_TYPE_PERCPU_ARRAY];
	int (*max_entries)[XDP_REDIRECT + 1];
	__u32 *key;
	struct record *value;
} counters __attribute__((section(".maps"), used));

static void *(*const lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;

__attribute__((section("xdp"), used)) int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

__attribute__((section("xdp"), used)) int by_hand(struct xdp_md *ctx)
{
	__u32 key = XDP_PASS;
	struct record *record = lookup(&counters, &key);

	if (record) {
		record->packets++;
		record->bytes += (long)ctx->data_end - (long)ctx->data;
	}
	return XDP_PASS;
}

/* The floor of counting by interface: which one the packet came by. */
__attribute__((section("xdp"), used)) int asks_interface(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex ? XDP_PASS : XDP_DROP;
}

char by_hand_license[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
