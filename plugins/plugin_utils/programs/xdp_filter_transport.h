/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * Which rules a packet matches by what it carries over IP. A field is matched as soon as it
 * is known, so that neither program nor verifier has to keep it.
 */
#ifndef EBPF_XDP_XDP_FILTER_TRANSPORT_H
#define EBPF_XDP_XDP_FILTER_TRANSPORT_H

#include "xdp_filter_ip.h"
#include "xdp_filter_match.h"
#include "xdp_filter_exempt.h"

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10
#define URG 0x20

/* Combinations of flags that occur, whatever PSH, ECE and CWR are: as connection tracking has them
 * (tcp_valid_flags, net/netfilter/nf_conntrack_proto_tcp.c). */
#define SOUND_FLAGS \
	(BIT(SYN) | BIT(SYN | URG) | BIT(SYN | ACK) | BIT(RST) | BIT(RST | ACK) | BIT(FIN | ACK) | \
	 BIT(FIN | ACK | URG) | BIT(ACK) | BIT(ACK | URG))

struct ports {
	__be16 source, destination;
};

/* Whether any rule asks for something that is read here. */
static __always_inline bool asks_for_transport(void)
{
	return !set.skip_transport &&
	       (set.any_protocol & set.any_source_port & set.any_destination_port & set.any_icmp_type &
		set.any_tcp_flags & set.if_fragment & set.if_whole & set.if_malformed & set.if_sound) != set.all_rules;
}

static __always_inline __u64 match_ports(struct packet *packet, __u64 matching, __u64 source, __u64 destination)
{
	__u64 all = set.all_rules;

	if (set.any_destination_port != all)
		KEEP(packet, matching, set.any_destination_port | look_up_number(&destination_ports, destination));
	if (set.any_source_port != all)
		KEEP(packet, matching, set.any_source_port | look_up_number(&source_ports, source));
	return matching;
}

static __always_inline __u64 match_no_ports(__u64 matching)
{
	return matching & set.any_source_port & set.any_destination_port;
}

/* Fields are there to be matched if the whole header is, even if something about it is wrong. */
static __always_inline __u64 match_tcp(struct packet *packet, __u64 matching, __u64 area)
{
	struct tcphdr tcp;
	__u64 flags;

	matching &= set.any_icmp_type;
	if (area < sizeof(tcp) || !READ(packet, packet->transport, &tcp)) {
		packet->malformed = 1;
		return match_no_ports(matching) & set.any_tcp_flags;
	}
	flags = ((__u8 *)&tcp)[13];
	if (set.any_tcp_flags != set.all_rules)
		KEEP(packet, matching, set.any_tcp_flags | look_up_number(&tcp_flags, flags));
	if (packet->check) {
		packet->malformed |= (tcp.doff < 5) | (tcp.doff * 4 > area) |
				     !(SOUND_FLAGS >> (flags & (FIN | SYN | RST | ACK | URG)) & 1);
		if (set.reply_tcp && flags & (ACK | RST))
			packet->slot = SLOT_REPLIES;
	}
	return match_ports(packet, matching, bpf_ntohs(tcp.source), bpf_ntohs(tcp.dest));
}

static __always_inline __u64 match_udp(struct packet *packet, __u64 matching, __u64 area)
{
	__u64 length, source, destination;
	struct udphdr udp;

	matching &= set.any_icmp_type & set.any_tcp_flags;
	if (area < sizeof(udp) || !READ(packet, packet->transport, &udp)) {
		packet->malformed = 1;
		return match_no_ports(matching);
	}
	source = bpf_ntohs(udp.source);
	destination = bpf_ntohs(udp.dest);
	if (packet->check) {
		length = bpf_ntohs(udp.len);
		packet->malformed |=
			(length < sizeof(udp) && (length || !packet->jumbo)) | (length > area && !packet->fragment);
		packet->slot = slot_of_udp(packet, source, destination);
	}
	return match_ports(packet, matching, source, destination);
}

static __always_inline __u64 match_sctp(struct packet *packet, __u64 matching, __u64 area)
{
	struct ports sctp;

	matching &= set.any_icmp_type & set.any_tcp_flags;
	if (area < 12 || !READ(packet, packet->transport, &sctp)) {
		packet->malformed = 1;
		return match_no_ports(matching);
	}
	return match_ports(packet, matching, bpf_ntohs(sctp.source), bpf_ntohs(sctp.destination));
}

/* ``family`` is what distinguishes the types of ICMPv6. */
static __always_inline __u64 match_icmp(struct packet *packet, __u64 matching, __u64 area, __u64 smallest, __u64 family)
{
	__u8 type;

	matching = match_no_ports(matching) & set.any_tcp_flags;
	if (area < smallest || !READ(packet, packet->transport, &type)) {
		packet->malformed = 1;
		return matching & set.any_icmp_type;
	}
	if (packet->check && is_essential_icmp(packet, family + type))
		packet->slot = SLOT_ESSENTIAL;
	if (set.any_icmp_type != set.all_rules)
		KEEP(packet, matching, set.any_icmp_type | look_up_number(&icmp_types, family + type));
	return matching;
}

static __always_inline __u64 match_nothing(__u64 matching)
{
	return match_no_ports(matching) & set.any_icmp_type & set.any_tcp_flags;
}

static __always_inline __u64 match_header(struct packet *packet, __u64 matching)
{
	__u64 area = packet->end - packet->transport;

	switch (packet->protocol) {
	case IPPROTO_TCP:
		return match_tcp(packet, matching, area);
	case IPPROTO_UDP:
		return match_udp(packet, matching, area);
	case IPPROTO_SCTP:
		return match_sctp(packet, matching, area);
	case IPPROTO_ICMP:
		if (packet->version == 4)
			return match_icmp(packet, matching, area, 8, 0);
		break;
	case IPPROTO_ICMPV6:
		if (packet->version == 6)
			return match_icmp(packet, matching, area, 4, ICMPV6);
		break;
	case IPPROTO_IGMP:
		if (packet->version == 4)
			packet->slot = SLOT_ESSENTIAL;
	}
	return match_nothing(matching);
}

/* The rules that still match, and the slot of a packet that none matches. */
static __always_inline __u64 match_transport(struct packet *packet, __u64 matching)
{
	__u64 all = set.all_rules, fragment = set.if_fragment, whole = set.if_whole;
	__u64 malformed = set.if_malformed, sound = set.if_sound;
	bool readable = false;

	FORGET(packet, packet->network);
	FORGET(packet, packet->malformed);
	packet->check = set.default_action == ACTION_DROP || (malformed & sound) != all;
	packet->protocol = NO_PROTOCOL;
	if (packet->version == 4)
		readable = parse_ipv4(packet);
	else if (packet->version == 6)
		readable = parse_ipv6(packet);
	else if (is_essential_ethertype(packet))
		packet->slot = SLOT_ESSENTIAL;
	if ((fragment & whole) != all)
		KEEP(packet, matching, !packet->version ? fragment & whole : packet->fragment ? fragment : whole);
	if (set.any_protocol != all)
		KEEP(packet, matching, set.any_protocol | look_up_number(&protocols, packet->protocol));
	if (matching || packet->check) {
		matching = readable ? match_header(packet, matching) : match_nothing(matching);
		FORGET(packet, packet->malformed);
		if ((malformed & sound) != all)
			KEEP(packet, matching, packet->malformed ? malformed : sound);
		if (packet->malformed)
			packet->slot = SLOT_DEFAULT;
	}
	return matching;
}

#endif
