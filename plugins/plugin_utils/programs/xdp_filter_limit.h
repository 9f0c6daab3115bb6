/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * Rates: a bucket holds when its next packet is due if all come evenly (the generic cell
 * rate algorithm). A packet is over the limit if it comes earlier than that by more than
 * a burst. Times are in 1/64 ns, so that ten million packets a second are exact enough.
 */
#ifndef EBPF_XDP_XDP_FILTER_LIMIT_H
#define EBPF_XDP_XDP_FILTER_LIMIT_H

#include "xdp_filter_packet.h"

/* Each limit rule has as many. Sources of the same hash share one. */
#define BUCKETS_BITS 16

enum limit_per { PER_SOURCE, PER_RULE };

/*
 * limiters: which of the following a rule has
 * limit_interval: between packets at the rate
 * limit_tolerance: (burst - 1) * interval
 * limit_per: what has a bucket each
 * limit_source4, limit_source6: bits of an address that make a source: up to 32, and up to 64 of IPv6
 */

struct bucket {
	struct bpf_spin_lock lock;
	__u32 pad;
	__u64 time;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bucket);
} buckets SEC(".maps");

/* Nobody can know which sources share a bucket. */
__u64 seed;

/* What tells sources apart, left-aligned; packets without an address have one source together. */
static __always_inline __u64 parse_source(struct packet *packet)
{
	__u64 source = 0;

	if (packet->version == 4) {
		__be32 address;

		if (READ(packet, packet->network + offsetof(struct iphdr, saddr), &address))
			source = (__u64)bpf_ntohl(address) << 32;
	} else if (packet->version == 6) {
		struct {
			__be32 high, low;
		} address;

		if (READ(packet, packet->network + offsetof(struct ipv6, source), &address))
			source = (__u64)bpf_ntohl(address.high) << 32 | bpf_ntohl(address.low);
	}
	FORGET(packet, source);
	return source;
}

/* Two sources share a bucket with a probability of at most 2 in 65536 (multiply-shift hashing,
 * Dietzfelbinger and others, 1997), and other ones do in the buckets of another rule. */
static __always_inline __u32 bucket_of(__u64 source, __u32 limiter)
{
	return limiter << BUCKETS_BITS | source * seed * (2 * limiter + 1) >> (64 - BUCKETS_BITS);
}

/* Whether the packet is over the limit of the rule; if not, its bucket has taken it. */
static __always_inline bool over_limit(struct packet *packet, __u64 source, __u32 rule)
{
	__u32 limiter = set.limiters[rule] & (RULES - 1), key;
	__u8 bits = packet->version == 4 ? set.limit_source4[limiter] : set.limit_source6[limiter];
	__u64 interval = set.limit_interval[limiter], now, latest;
	struct bucket *bucket;
	bool over;

	if (set.limit_per[limiter] != PER_SOURCE || !bits)
		source = 0;
	key = bucket_of(source >> (64 - bits & 63), limiter);
	bucket = bpf_map_lookup_elem(&buckets, &key);
	if (!bucket)
		return false;
	now = bpf_ktime_get_ns() << 6;
	latest = now + set.limit_tolerance[limiter];
	if (bucket->time > latest)
		return true; /* nobody sets it back, so that this needs no lock */
	bpf_spin_lock(&bucket->lock);
	over = bucket->time > latest;
	if (!over)
		bucket->time = (bucket->time > now ? bucket->time : now) + interval;
	bpf_spin_unlock(&bucket->lock);
	return over;
}

#endif
