/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * The filter of the module xdp_filter: drops, passes or limits packets by rules.
 * The first rule that a packet matches decides.
 */

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "xdp_stats.h"
#include "xdp_filter_rules.h"
#include "xdp_filter_packet.h"
#include "xdp_filter_match.h"
#include "xdp_filter_transport.h"
#include "xdp_filter_limit.h"

/* Nobody writes it. */
volatile __u64 zero;

/* The number of the lowest bit that is set, by a de Bruijn sequence. */
static __always_inline __u32 lowest_bit(__u64 mask)
{
	static const __u8 numbers[64] = {
		0,  1,	2,  7,	3,  13, 8,  19, 4,  25, 14, 28, 9,  34, 20, 40, 5,  17, 26, 38, 15, 46,
		29, 48, 10, 31, 35, 54, 21, 50, 41, 57, 63, 6,	12, 18, 24, 27, 33, 39, 16, 37, 45, 47,
		30, 53, 49, 56, 62, 11, 23, 32, 36, 44, 52, 55, 61, 22, 43, 51, 60, 42, 59, 58,
	};

	return numbers[(mask & -mask) * 0x0218a392cd3d5dbfULL >> 58] & 63;
}

/* barrier_var() keeps clang from merging two ways into one with choices in it: of a constant, the verifier
 * removes the way that is not taken, but no choice. */
static __always_inline void count(struct packet *packet, __u32 slot, bool would)
{
	struct rule_counter *counter = bpf_map_lookup_elem(&counters, &slot);

	if (!counter)
		return;
	if (would) {
		counter->would_packets++;
		counter->would_bytes += packet->length;
		barrier_var(counter);
	} else {
		counter->packets++;
		counter->bytes += packet->length;
	}
}

/*
 * The first of the matching rules that is neither a dry run nor a limit that is not yet
 * reached, or RULES.
 */
static __always_inline __u32 deciding_rule(struct packet *packet, __u64 matching)
{
	__u64 source = 0;

	if (set.limits) {
		source = parse_source(packet);
		if (!seed)
			seed = (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32() | 1;
	}
	if (!set.limits && !set.dry_run_rules)
		return set.all_rules == 1 ? 0 : lowest_bit(matching);
#pragma clang loop unroll(disable)
	for (int i = 0; i < RULES && matching; i++) {
		__u32 rule = set.all_rules == 1 ? 0 : lowest_bit(matching);

		matching &= matching - 1;
		FORGET(packet, matching);
		if (set.limits && set.actions[rule] == ACTION_LIMIT && !over_limit(packet, source, rule))
			continue;
		if (!set.dry_run_rules || !(set.dry_run_rules >> rule & 1))
			return rule;
		count(packet, set.slots[rule], true);
	}
	return RULES;
}

static __always_inline int filter(struct xdp_md *ctx, bool frags)
{
	struct packet packet = {
		.ctx = ctx,
		.data = (void *)(long)ctx->data,
		.data_end = (void *)(long)ctx->data_end,
		.frags = frags,
		.length = frags ? bpf_xdp_get_buff_len(ctx) : ctx->data_end - ctx->data,
		.slot = SLOT_DEFAULT,
		.zero = zero,
	};
	__u64 slot = SLOT_DEFAULT, matching, verdict = XDP_PASS;
	__u32 rule = RULES;
	bool would = false;

	if ((set.skip_transport && set.default_action != ACTION_DROP) || !match_usual(&packet, &matching)) {
		parse_ethernet(&packet);
		matching = match_network(&packet, match_ethernet(&packet));
		if (set.default_action == ACTION_DROP || (!set.skip_transport && matching))
			matching = match_transport(&packet, matching);
	}
	if (set.default_action == ACTION_DROP)
		FORGET(&packet, packet.slot);
	if (matching)
		rule = deciding_rule(&packet, matching);
	if (rule < RULES) {
		slot = set.slots[rule];
		if (set.actions[rule] != ACTION_PASS)
			verdict = XDP_DROP;
	} else if (set.default_action == ACTION_DROP) {
		slot = packet.slot;
		if (slot == SLOT_DEFAULT)
			verdict = XDP_DROP;
	}
	if (set.dry_run) {
		would = verdict == XDP_DROP;
		verdict = XDP_PASS;
		barrier_var(would);
		barrier_var(verdict);
	}
	count(&packet, slot, would);
	return set.count_verdicts ? count_bytes(ctx, verdict, packet.length) : verdict;
}

SEC("xdp")
int xdp_filter(struct xdp_md *ctx)
{
	return filter(ctx, false);
}

/* The same for packets in several buffers (Linux 5.18). */
SEC("xdp.frags")
int xdp_filter_frags(struct xdp_md *ctx)
{
	return filter(ctx, true);
}

char xdp_license[] SEC("license") = "Dual BSD/GPL";
