/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * Counters by XDP verdict, for any program: include this header and return
 * count_verdict(ctx, verdict) instead of the verdict. xdp_stats of the
 * collection ebpf.xdp reads the map.
 *
 * For bcc and for clang -target bpf -g. The map is per CPU, so counting needs no
 * atomic instruction and two CPUs never share a cache line.
 */
#ifndef EBPF_XDP_XDP_STATS_H
#define EBPF_XDP_XDP_STATS_H

#include "xdp_program.h"

/* XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX and XDP_REDIRECT. */
#define XDP_STATS_VERDICTS (XDP_REDIRECT + 1)

struct xdp_stats_record {
	__u64 packets;
	/* From the Ethernet header on, without the frame check sequence. Of a
	 * packet in several fragments only the first one is counted. */
	__u64 bytes;
};

/* The key is the verdict. */
#ifdef BPF_PERCPU_ARRAY
BPF_PERCPU_ARRAY(xdp_stats, struct xdp_stats_record, XDP_STATS_VERDICTS);
#else
/* As libbpf's macros would spell it, which need not be there. */
struct {
	int (*type)[BPF_MAP_TYPE_PERCPU_ARRAY];
	int (*max_entries)[XDP_STATS_VERDICTS];
	__u32 *key;
	struct xdp_stats_record *value;
} xdp_stats __attribute__((section(".maps"), used));

static void *(*const xdp_stats_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
#endif

/* Count the packet under the verdict; returns the verdict. */
static __always_inline int count_verdict(struct xdp_md *ctx, __u32 verdict)
{
#ifdef BPF_PERCPU_ARRAY
	struct xdp_stats_record *record = xdp_stats.lookup(&verdict);
#else
	struct xdp_stats_record *record = xdp_stats_lookup(&xdp_stats, &verdict);
#endif

	if (record) {
		record->packets++;
		record->bytes += (long)ctx->data_end - (long)ctx->data;
	}
	return verdict;
}

#endif
