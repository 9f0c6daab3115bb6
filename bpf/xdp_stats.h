/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * Counters by XDP verdict, for any program: include this header and return
 * count_verdict(ctx, verdict) instead of the verdict. xdp_stats of the
 * collection ebpf.xdp reads the map.
 *
 * For bcc. The map is per CPU, so counting needs no atomic instruction and two
 * CPUs never share a cache line.
 */
#ifndef EBPF_XDP_XDP_STATS_H
#define EBPF_XDP_XDP_STATS_H

/* XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX and XDP_REDIRECT. */
#define XDP_STATS_VERDICTS (XDP_REDIRECT + 1)

struct xdp_stats_record {
	__u64 packets;
	/* From the Ethernet header on, without the frame check sequence. Of a
	 * packet in several fragments only the first one is counted. */
	__u64 bytes;
};

/* The key is the verdict. */
BPF_PERCPU_ARRAY(xdp_stats, struct xdp_stats_record, XDP_STATS_VERDICTS);

/* Count the packet under the verdict; returns the verdict. */
static __always_inline int count_verdict(struct xdp_md *ctx, __u32 verdict)
{
	struct xdp_stats_record *record = xdp_stats.lookup(&verdict);

	if (record) {
		record->packets++;
		record->bytes += (long)ctx->data_end - (long)ctx->data;
	}
	return verdict;
}

#endif
