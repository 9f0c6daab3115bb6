/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Which rules a packet matches. */
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
#define LOOK_UP_ADDRESS(packet, offset, type, prefix, table) \
	({ \
		__u64 *found = NULL; \
\
		if (READ(packet, offset, (type *)(prefix)->address)) { \
			if (use_##table##_hosts) \
				found = bpf_map_lookup_elem(&table##_hosts, (prefix)->address); \
			if (!found && use_##table) \
				found = bpf_map_lookup_elem(&table, prefix); \
		} \
		found ? *found : 0; \
	})

static __always_inline __u64 of_source(struct packet *packet)
{
	if (packet->version == 4) {
		struct prefix4 prefix = {.prefixlen = 32};

		return LOOK_UP_ADDRESS(packet, packet->network + offsetof(struct iphdr, saddr), struct in_addr, &prefix,
				       source4);
	}
	if (packet->version == 6) {
		struct prefix6 prefix = {.prefixlen = 128};

		return LOOK_UP_ADDRESS(packet, packet->network + offsetof(struct ipv6hdr, saddr), struct in6_addr,
				       &prefix, source6);
	}
	return 0;
}

static __always_inline __u64 of_destination(struct packet *packet)
{
	if (packet->version == 4) {
		struct prefix4 prefix = {.prefixlen = 32};

		return LOOK_UP_ADDRESS(packet, packet->network + offsetof(struct iphdr, daddr), struct in_addr, &prefix,
				       destination4);
	}
	if (packet->version == 6) {
		struct prefix6 prefix = {.prefixlen = 128};

		return LOOK_UP_ADDRESS(packet, packet->network + offsetof(struct ipv6hdr, daddr), struct in6_addr,
				       &prefix, destination6);
	}
	return 0;
}

#define KEEP(matching, rules) \
	do { \
		matching &= rules; \
		FORGET(matching); \
	} while (0)

/* The rules that match as far as parse_network() has come. */
static __always_inline __u64 match_network(struct packet *packet)
{
	__u64 all = all_rules, matching = all;

	if (any_source_mac != all) {
		struct {
			__be16 parts[ETH_ALEN / 2];
		} source;

		if (READ(packet, offsetof(struct ethhdr, h_source), &source))
			KEEP(matching, any_source_mac | look_up(&source_macs, &source));
	}
	if (any_vlan != all)
		KEEP(matching, any_vlan | look_up_number(&vlans, packet->vlan));
	if (any_ethertype != all) {
		__u16 ethertype = packet->ethertype;
		bool there = packet->ethertype != NO_ETHERTYPE;

		KEEP(matching, any_ethertype | (there ? look_up(&ethertypes, &ethertype) : 0));
	}
	if (any_source != all && matching)
		KEEP(matching, any_source | of_source(packet));
	if (any_destination != all && matching)
		KEEP(matching, any_destination | of_destination(packet));
	return matching;
}

/* Whether any rule asks for what parse_transport() finds out. */
static __always_inline bool asks_for_transport(void)
{
	return (any_protocol & any_source_port & any_destination_port & any_icmp_type & any_tcp_flags & if_fragment &
		if_whole & if_malformed & if_sound) != all_rules;
}

/* Those of them that still match afterwards. */
static __always_inline __u64 match_transport(struct packet *packet, __u64 matching)
{
	__u64 all = all_rules;

	if ((if_fragment & if_whole) != all) {
		__u64 fragment = if_fragment, whole = if_whole;

		KEEP(matching, !packet->version ? fragment & whole : packet->fragment ? fragment : whole);
	}
	if ((if_malformed & if_sound) != all) {
		__u64 malformed = if_malformed, sound = if_sound;

		KEEP(matching, packet->malformed ? malformed : sound);
	}
	if (any_protocol != all)
		KEEP(matching, any_protocol | look_up_number(&protocols, packet->protocol));
	if (any_destination_port != all)
		KEEP(matching, any_destination_port | look_up_number(&destination_ports, packet->destination_port));
	if (any_source_port != all)
		KEEP(matching, any_source_port | look_up_number(&source_ports, packet->source_port));
	if (any_tcp_flags != all)
		KEEP(matching, any_tcp_flags | look_up_number(&tcp_flags, packet->flags));
	if (any_icmp_type != all)
		KEEP(matching, any_icmp_type | look_up_number(&icmp_types, packet->icmp_type));
	return matching;
}

#endif
