/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * Counters by interface and XDP verdict, for any program: include this header and
 * return count_verdict(ctx, verdict) instead of the verdict. xdp_stats of the
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

/*
 * Interfaces that have a row each, a power of two; to be defined before this
 * header is included. The map takes 104 bytes for each, and for one more, on each
 * possible CPU: 6.8 kB a CPU for 64.
 */
#ifndef XDP_STATS_INTERFACES
#define XDP_STATS_INTERFACES 64
#endif
#if XDP_STATS_INTERFACES < 1 || XDP_STATS_INTERFACES & (XDP_STATS_INTERFACES - 1)
#error "XDP_STATS_INTERFACES has to be a power of two"
#endif

struct xdp_counter {
	__u64 packets;
	/* From the Ethernet header on, without the frame check sequence. Of a
	 * packet in several fragments only the first one is counted, unless
	 * XDP_FRAGS is defined. */
	__u64 bytes;
};

struct xdp_counters {
	/* 0 in a row that no interface has, and in the last one. */
	__u32 ifindex;
	/* The last one is for verdicts that do not exist. */
	struct xdp_counter verdicts[XDP_STATS_VERDICTS + 1];
};

/*
 * An interface has the row of its index modulo XDP_STATS_INTERFACES, unless
 * another one has claimed that on this CPU: then it is counted in the last row.
 */
#ifdef BPF_PERCPU_ARRAY
BPF_PERCPU_ARRAY(xdp_counters, struct xdp_counters, XDP_STATS_INTERFACES + 1);
#else
/* As libbpf's macros would spell it, which need not be there. */
struct {
	int (*type)[BPF_MAP_TYPE_PERCPU_ARRAY];
	int (*max_entries)[XDP_STATS_INTERFACES + 1];
	__u32 *key;
	struct xdp_counters *value;
} xdp_counters __attribute__((section(".maps"), used));

static void *(*const xdp_stats_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
#ifdef XDP_FRAGS
static __u64 (*const xdp_stats_length)(struct xdp_md *ctx) = (void *)BPF_FUNC_xdp_get_buff_len;
#endif
#endif

static __always_inline struct xdp_counters *xdp_stats_row(__u32 key)
{
#ifdef BPF_PERCPU_ARRAY
	return xdp_counters.lookup(&key);
#else
	return xdp_stats_lookup(&xdp_counters, &key);
#endif
}

/* Count a packet of so many bytes under its interface and the verdict; returns the verdict. */
static __always_inline int count_bytes(struct xdp_md *ctx, __u32 verdict, __u64 bytes)
{
	__u32 ifindex = ctx->ingress_ifindex;
	struct xdp_counters *row = xdp_stats_row(ifindex & (XDP_STATS_INTERFACES - 1));

	if (row && row->ifindex != ifindex) {
		if (!row->ifindex)
			row->ifindex = ifindex;
		else
			row = xdp_stats_row(XDP_STATS_INTERFACES);
	}
	if (row) {
		__u32 place = verdict < XDP_STATS_VERDICTS ? verdict : XDP_STATS_VERDICTS;

		row->verdicts[place].packets++;
		row->verdicts[place].bytes += bytes;
	}
	return verdict;
}

/* Count the packet under its interface and the verdict; returns the verdict. */
static __always_inline int count_verdict(struct xdp_md *ctx, __u32 verdict)
{
#ifdef XDP_FRAGS
	return count_bytes(ctx, verdict, xdp_stats_length(ctx));
#else
	return count_bytes(ctx, verdict, (long)ctx->data_end - (long)ctx->data);
#endif
}

#endif
