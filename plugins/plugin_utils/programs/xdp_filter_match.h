/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Which rules a packet matches as far as its addresses. */
#ifndef EBPF_XDP_XDP_FILTER_MATCH_H
#define EBPF_XDP_XDP_FILTER_MATCH_H

#include "xdp_filter_packet.h"

static __always_inline __u64 look_up(void *table, const void *key)
{
	__u64 *found = bpf_map_lookup_elem(table, key);

	return found ? *found : 0;
}

static __always_inline __u64 look_up_number(void *table, __u32 key)
{
	return look_up(table, &key);
}

/* The rules of an address: as a whole one, or else by the longest prefix. */
#define LOOK_UP_ADDRESS(field, type, length, table) \
	({ \
		struct type prefix = {.prefixlen = length}; \
		__u64 *found = NULL; \
\
		__builtin_memcpy(prefix.address, &(field), sizeof(prefix.address)); \
		if (set.use_##table##_hosts) \
			found = bpf_map_lookup_elem(&table##_hosts, prefix.address); \
		if (!found && set.use_##table) \
			found = bpf_map_lookup_elem(&table, &prefix); \
		found ? *found : 0; \
	})

#define KEEP(packet, matching, rules) \
	do { \
		matching &= rules; \
		FORGET(packet, matching); \
	} while (0)

/* The rules that match as far as the Ethernet header goes. */
static __always_inline __u64 match_ethernet(struct packet *packet)
{
	__u64 all = set.all_rules, matching = all;

	if (set.any_source_mac != all) {
		struct {
			__be16 parts[ETH_ALEN / 2];
		} source;

		if (READ(packet, offsetof(struct ethernet, source), &source))
			KEEP(packet, matching, set.any_source_mac | look_up(&source_macs, &source));
	}
	if (set.any_vlan != all)
		KEEP(packet, matching, set.any_vlan | look_up_number(&vlans, packet->vlan));
	if (set.any_ethertype != all) {
		__u16 ethertype = packet->ethertype;
		bool there = packet->ethertype != NO_ETHERTYPE;

		KEEP(packet, matching, set.any_ethertype | (there ? look_up(&ethertypes, &ethertype) : 0));
	}
	return matching;
}

/* Those of them that still match with the addresses. */
static __always_inline __u64 match_addresses4(__u64 matching, const struct iphdr *ip)
{
	__u64 all = set.all_rules;

	if (set.any_source != all)
		matching &= set.any_source | LOOK_UP_ADDRESS(ip->saddr, prefix4, 32, source4);
	if (set.any_destination != all && matching)
		matching &= set.any_destination | LOOK_UP_ADDRESS(ip->daddr, prefix4, 32, destination4);
	return matching;
}

static __always_inline __u64 match_addresses6(__u64 matching, const struct ipv6 *ip)
{
	__u64 all = set.all_rules;

	if (set.any_source != all)
		matching &= set.any_source | LOOK_UP_ADDRESS(ip->source, prefix6, 128, source6);
	if (set.any_destination != all && matching)
		matching &= set.any_destination | LOOK_UP_ADDRESS(ip->destination, prefix6, 128, destination6);
	return matching;
}

static __always_inline bool is_version6(const struct ipv6 *ip)
{
	return (ip->version & bpf_htonl(0xf0000000)) == bpf_htonl(0x60000000);
}

static __always_inline __u64 match_ipv4(struct packet *packet, __u64 matching)
{
	struct iphdr ip;

	if (!READ(packet, packet->network, &ip) || ip.version != 4) {
		packet->malformed = 1;
		return matching & set.any_source & set.any_destination;
	}
	packet->version = 4;
	return match_addresses4(matching, &ip);
}

static __always_inline __u64 match_ipv6(struct packet *packet, __u64 matching)
{
	struct ipv6 ip;

	if (!READ(packet, packet->network, &ip) || !is_version6(&ip)) {
		packet->malformed = 1;
		return matching & set.any_source & set.any_destination;
	}
	packet->version = 6;
	return match_addresses6(matching, &ip);
}

static __always_inline __u64 match_network(struct packet *packet, __u64 matching)
{
	if (packet->ethertype == ETH_P_IP)
		return match_ipv4(packet, matching);
	if (packet->ethertype == ETH_P_IPV6)
		return match_ipv6(packet, matching);
	return matching & set.any_source & set.any_destination;
}

#endif
