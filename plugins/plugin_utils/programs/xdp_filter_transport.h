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

struct sctphdr {
	__be16 source, dest;
};

/* The rules that match the ports of a header. Those that no rule asks for are not even read. */
#define MATCH_PORTS(packet, matching, header) \
	({ \
		__u64 kept = (matching); \
\
		if (set.any_destination_port != set.all_rules) \
			KEEP(packet, kept, \
			     set.any_destination_port | \
				     look_up_number(&destination_ports, bpf_ntohs((header)->dest))); \
		if (set.any_source_port != set.all_rules) \
			KEEP(packet, kept, \
			     set.any_source_port | look_up_number(&source_ports, bpf_ntohs((header)->source))); \
		kept; \
	})

static __always_inline __u64 match_no_ports(__u64 matching)
{
	return matching & set.any_source_port & set.any_destination_port;
}

static __always_inline __u64 match_tcp_header(struct packet *packet, __u64 matching, const struct tcphdr *tcp,
					      __u64 area)
{
	__u64 flags = ((const __u8 *)tcp)[13];

	if (set.any_tcp_flags != set.all_rules)
		KEEP(packet, matching, set.any_tcp_flags | look_up_number(&tcp_flags, flags));
	if (set.check_malformed) {
		packet->malformed |= (tcp->doff < 5) | (tcp->doff * 4 > area) |
				     !(SOUND_FLAGS >> (flags & (FIN | SYN | RST | ACK | URG)) & 1);
		if (set.reply_tcp && flags & (ACK | RST))
			packet->slot = SLOT_REPLIES;
	}
	return MATCH_PORTS(packet, matching, tcp);
}

static __always_inline __u64 match_udp_header(struct packet *packet, __u64 matching, const struct udphdr *udp,
					      __u64 area)
{
	__u64 length;

	if (set.check_malformed) {
		length = bpf_ntohs(udp->len);
		packet->malformed |=
			(length < sizeof(*udp) && (length || !packet->jumbo)) | (length > area && !packet->fragment);
		packet->slot = slot_of_udp(packet, bpf_ntohs(udp->source), bpf_ntohs(udp->dest));
	}
	return MATCH_PORTS(packet, matching, udp);
}

/* Fields are there to be matched if the whole header is, even if something about it is wrong. */
static __always_inline __u64 match_tcp(struct packet *packet, __u64 matching, __u64 area)
{
	struct tcphdr tcp;

	matching &= set.any_icmp_type;
	if (area < sizeof(tcp) || !READ(packet, packet->transport, &tcp)) {
		packet->malformed = 1;
		return match_no_ports(matching) & set.any_tcp_flags;
	}
	return match_tcp_header(packet, matching, &tcp, area);
}

static __always_inline __u64 match_udp(struct packet *packet, __u64 matching, __u64 area)
{
	struct udphdr udp;

	matching &= set.any_icmp_type & set.any_tcp_flags;
	if (area < sizeof(udp) || !READ(packet, packet->transport, &udp)) {
		packet->malformed = 1;
		return match_no_ports(matching);
	}
	return match_udp_header(packet, matching, &udp, area);
}

static __always_inline __u64 match_sctp(struct packet *packet, __u64 matching, __u64 area)
{
	struct sctphdr sctp;

	matching &= set.any_icmp_type & set.any_tcp_flags;
	if (area < 12 || !READ(packet, packet->transport, &sctp)) {
		packet->malformed = 1;
		return match_no_ports(matching);
	}
	return MATCH_PORTS(packet, matching, &sctp);
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
	if (set.check_malformed && is_essential_icmp(packet, family + type))
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

/* The rules that still match, as all headers are read. */
static __always_inline __u64 match_malformed(struct packet *packet, __u64 matching)
{
	if (set.check_malformed) {
		FORGET(packet, packet->malformed);
		if ((set.if_malformed & set.if_sound) != set.all_rules)
			matching &= packet->malformed ? set.if_malformed : set.if_sound;
		if (packet->malformed)
			packet->slot = SLOT_DEFAULT;
	}
	FORGET(packet, matching);
	return matching;
}

/* Whether IP has room for a whole header of UDP or TCP. */
static __always_inline bool is_usual(__u64 protocol, __u64 area)
{
	return protocol == IPPROTO_UDP ? area >= sizeof(struct udphdr)
				       : protocol == IPPROTO_TCP && area >= sizeof(struct tcphdr);
}

/*
 * The short way, which most packets take: TCP or UDP over IPv4 without options or IPv6 without
 * extension headers, untagged, whole, as long as the IP header says, with all headers in the first
 * buffer. What is checked on the long way is true of them or checked here. Returns false for all
 * other packets, and changes nothing then that the long way does not set.
 */
static __always_inline bool match_usual(struct packet *packet, __u64 *result)
{
	const struct ethernet *ethernet = packet->data;
	const struct iphdr *ip = (void *)(ethernet + 1);
	const struct ipv6 *ip6 = (void *)ip;
	__u64 area, protocol, rest, matching;
	const void *transport;

	packet->network = sizeof(*ethernet);
	packet->vlan = UNTAGGED;
	if ((void *)(ip + 1) + sizeof(struct udphdr) > packet->data_end)
		return false;
	rest = packet->length - sizeof(*ethernet);
	if (ethernet->ethertype == bpf_htons(ETH_P_IP)) {
		transport = ip + 1;
		/* With a total length below that of its own header, it has a huge area. */
		area = bpf_ntohs(ip->tot_len) - sizeof(*ip);
		protocol = ip->protocol;
		if (*(__u8 *)ip != 0x45 || ip->frag_off & bpf_htons(IP_RESERVED | IP_MORE | IP_OFFSET) ||
		    area > rest - sizeof(*ip) || !is_usual(protocol, area))
			return false;
		packet->ethertype = ETH_P_IP;
		packet->version = 4;
		matching = match_addresses4(match_ethernet(packet), ip);
	} else if (ethernet->ethertype == bpf_htons(ETH_P_IPV6)) {
		transport = ip6 + 1;
		if (transport + sizeof(struct udphdr) > packet->data_end)
			return false;
		area = bpf_ntohs(ip6->payload_length);
		protocol = ip6->next_header;
		if (!is_version6(ip6) || area > rest - sizeof(*ip6) || !is_usual(protocol, area))
			return false;
		packet->ethertype = ETH_P_IPV6;
		packet->version = 6;
		matching = match_addresses6(match_ethernet(packet), ip6);
	} else {
		return false;
	}
	if (protocol == IPPROTO_UDP) {
		matching &= set.if_udp;
		if (matching || set.check_malformed)
			matching = match_udp_header(packet, matching, transport, area);
	} else {
		/* Here rather than above: not every verifier remembers which of both it is. */
		if (transport + sizeof(struct tcphdr) > packet->data_end)
			return false;
		matching &= set.if_tcp;
		if (matching || set.check_malformed)
			matching = match_tcp_header(packet, matching, transport, area);
	}
	*result = match_malformed(packet, matching);
	return true;
}

/* The rules that still match, and the slot of a packet that none matches. */
static __always_inline __u64 match_transport(struct packet *packet, __u64 matching)
{
	__u64 all = set.all_rules, fragment = set.if_fragment, whole = set.if_whole;
	bool readable = false;

	FORGET(packet, packet->network);
	FORGET(packet, packet->malformed);
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
	if (matching || set.check_malformed) {
		matching = readable ? match_header(packet, matching) : match_nothing(matching);
		matching = match_malformed(packet, matching);
	}
	return matching;
}

#endif
