/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For clang, what looking up prefixes is measured against: one look-up of the source, and nothing else. */

#include <linux/bpf.h>

struct prefix4 {
	__u32 prefixlen;
	__u32 address;
};

struct {
	int (*type)[BPF_MAP_TYPE_LPM_TRIE];
	int (*max_entries)[1];
	int (*map_flags)[BPF_F_NO_PREALLOC];
	struct prefix4 *key;
	__u64 *value;
} source4 __attribute__((section(".maps"), used));

static void *(*const lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;

__attribute__((section("xdp"), used)) int bare_trie(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct prefix4 key = {32};

	if (data + 30 > (void *)(long)ctx->data_end)
		return XDP_PASS;
	key.address = *(__u32 *)(data + 26);
	return lookup(&source4, &key) ? XDP_DROP : XDP_PASS;
}

char bare_trie_license[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
