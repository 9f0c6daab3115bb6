/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* What a packet carries over IP: the rest of the IP headers, and the transport's header. */
#ifndef EBPF_XDP_XDP_FILTER_TRANSPORT_H
#define EBPF_XDP_XDP_FILTER_TRANSPORT_H

#include "xdp_filter_packet.h"

#define MOST_EXTENSIONS 8

/* Which linux/in.h does not have. */
#define IPPROTO_HIP 139
#define IPPROTO_SHIM6 140

/* Of the fragment fields of IPv4 and of IPv6. */
#define IP_RESERVED 0x8000
#define IP_DONT 0x4000
#define IP_MORE 0x2000
#define IP_OFFSET 0x1fff
#define IPV6_MORE 0x0001
#define IPV6_OFFSET 0xfff8

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10
#define URG 0x20

/* Combinations of flags that occur, whatever PSH, ECE and CWR are: as connection tracking has them
 * (tcp_valid_flags, net/netfilter/nf_conntrack_proto_tcp.c). */
#define BIT(number) (1ULL << (number))
#define SOUND_FLAGS \
	(BIT(SYN) | BIT(SYN | URG) | BIT(SYN | ACK) | BIT(RST) | BIT(RST | ACK) | BIT(FIN | ACK) | \
	 BIT(FIN | ACK | URG) | BIT(ACK) | BIT(ACK | URG))

/* Any IPv6 extension header: these have at least 8 bytes. */
struct extension {
	__u8 next;
	__u8 length;
	__be16 fragment;
	__be32 identification;
};

struct ports {
	__be16 source, destination;
};

static __always_inline void set_ports(struct packet *packet, __be16 source, __be16 destination)
{
	packet->source_port = bpf_ntohs(source);
	packet->destination_port = bpf_ntohs(destination);
}

/* Fields are there to be matched if the whole header is, even if something about it is wrong. */
static __always_inline bool parse_tcp(struct packet *packet, __u64 area)
{
	struct tcphdr tcp;
	__u8 flags;

	if (area < sizeof(tcp) || !READ(packet, packet->transport, &tcp))
		return false;
	flags = ((__u8 *)&tcp)[13];
	packet->flags = flags;
	set_ports(packet, tcp.source, tcp.dest);
	if (!packet->check)
		return true;
	return tcp.doff >= 5 && tcp.doff * 4 <= area && SOUND_FLAGS >> (flags & (FIN | SYN | RST | ACK | URG)) & 1;
}

static __always_inline bool parse_udp(struct packet *packet, __u64 area)
{
	struct udphdr udp;
	__u64 length;

	if (area < sizeof(udp) || !READ(packet, packet->transport, &udp))
		return false;
	set_ports(packet, udp.source, udp.dest);
	if (!packet->check)
		return true;
	length = bpf_ntohs(udp.len);
	if (!length && packet->jumbo)
		return true;
	return length >= sizeof(udp) && (packet->fragment || length <= area);
}

static __always_inline bool parse_sctp(struct packet *packet, __u64 area)
{
	struct ports sctp;

	if (area < 12 || !READ(packet, packet->transport, &sctp))
		return false;
	set_ports(packet, sctp.source, sctp.destination);
	return true;
}

static __always_inline bool parse_icmp(struct packet *packet, __u64 area, __u32 smallest, __u32 family)
{
	__u8 type;

	if (area < smallest || !READ(packet, packet->transport, &type))
		return false;
	packet->icmp_type = family + type;
	return true;
}

static __always_inline void parse_transport_header(struct packet *packet)
{
	__u64 area = packet->end - packet->transport;
	bool sound = true;

	if (packet->protocol == IPPROTO_TCP)
		sound = parse_tcp(packet, area);
	else if (packet->protocol == IPPROTO_UDP)
		sound = parse_udp(packet, area);
	else if (packet->protocol == IPPROTO_SCTP)
		sound = parse_sctp(packet, area);
	else if (packet->protocol == IPPROTO_ICMP && packet->version == 4)
		sound = parse_icmp(packet, area, 8, 0);
	else if (packet->protocol == IPPROTO_ICMPV6 && packet->version == 6)
		sound = parse_icmp(packet, area, 4, ICMPV6);
	packet->malformed |= !sound;
}

/* All fragments but the last one carry a multiple of 8 bytes. Nothing here is a branch, each of
 * which would double what the verifier looks at. */
static __always_inline bool is_odd_part(__u64 more, __u64 bytes)
{
	return !!more & (!bytes | !!(bytes & 7));
}

/* Returns whether there is a transport header to look for. */
static __always_inline bool parse_ipv4(struct packet *packet)
{
	__u64 header, total, rest, field, payload;
	struct iphdr ip;

	if (!READ(packet, packet->network, &ip))
		return false;
	header = ip.ihl * 4;
	total = bpf_ntohs(ip.tot_len);
	field = bpf_ntohs(ip.frag_off);
	rest = packet->length - packet->network;
	packet->protocol = ip.protocol;
	packet->fragment = !!(field & (IP_MORE | IP_OFFSET));
	if (header < sizeof(ip) || total < header || header > rest) {
		packet->malformed = 1;
		return false;
	}
	if (packet->check) {
		payload = total - header;
		packet->malformed |= (total > rest) | !!(field & IP_RESERVED) |
				     (!!(field & IP_DONT) & packet->fragment) |
				     ((field & IP_OFFSET) * 8 + total > 65535) | is_odd_part(field & IP_MORE, payload);
	}
	packet->transport = packet->network + header;
	packet->end = packet->network + (total < rest ? total : rest);
	return !(field & IP_OFFSET);
}

#define EXTENSIONS \
	(BIT(IPPROTO_HOPOPTS) | BIT(IPPROTO_ROUTING) | BIT(IPPROTO_FRAGMENT) | BIT(IPPROTO_AH) | BIT(IPPROTO_DSTOPTS))

static __always_inline bool is_extension(__u64 protocol)
{
	return protocol < 64 ? EXTENSIONS >> protocol & 1
			     : protocol == IPPROTO_MH || protocol == IPPROTO_HIP || protocol == IPPROTO_SHIM6;
}

/* Walks the extension headers; false if that ends before a transport header. */
static __always_inline bool parse_extensions(struct packet *packet)
{
	__u64 fragment_header = 0;

#pragma clang loop unroll(disable)
	for (int walked = 0; walked < MOST_EXTENSIONS; walked++) {
		struct extension extension;
		__u64 size, field, rest;

		if (!is_extension(packet->protocol))
			return true;
		if (packet->end - packet->transport < sizeof(extension) || !READ(packet, packet->transport, &extension))
			goto malformed;
		if (packet->protocol == IPPROTO_FRAGMENT) {
			if (fragment_header)
				goto malformed;
			fragment_header = 1;
			size = sizeof(extension);
			field = bpf_ntohs(extension.fragment);
			rest = packet->end - packet->transport - size;
			packet->fragment = !!(field & (IPV6_OFFSET | IPV6_MORE));
			packet->malformed |=
				is_odd_part(field & IPV6_MORE, rest) | ((field & IPV6_OFFSET) + rest > 65535);
			if (field & IPV6_OFFSET) {
				packet->protocol = extension.next;
				return false;
			}
		} else {
			size = packet->protocol == IPPROTO_AH ? (extension.length + 2) * 4 : extension.length * 8 + 8;
			if (packet->end - packet->transport < size)
				goto malformed;
		}
		packet->transport += size;
		packet->protocol = extension.next;
		FORGET(packet, packet->transport);
		FORGET(packet, packet->protocol);
		FORGET(packet, packet->fragment);
		FORGET(packet, packet->malformed);
		FORGET(packet, fragment_header);
	}
	if (!is_extension(packet->protocol))
		return true;
malformed:
	packet->malformed = 1;
	return false;
}

static __always_inline bool parse_ipv6(struct packet *packet)
{
	__u64 payload, rest;
	struct ipv6hdr ip;

	if (!READ(packet, packet->network, &ip))
		return false;
	payload = bpf_ntohs(ip.payload_len);
	packet->transport = packet->network + sizeof(ip);
	rest = packet->length - packet->transport;
	packet->protocol = ip.nexthdr;
	packet->hop_limit = ip.hop_limit;
	packet->jumbo = !payload && ip.nexthdr == IPPROTO_HOPOPTS;
	packet->malformed |= payload > rest;
	packet->end = packet->transport + (packet->jumbo || payload > rest ? rest : payload);
	FORGET(packet, packet->malformed);
	FORGET(packet, packet->jumbo);
	FORGET(packet, packet->end);
	return parse_extensions(packet);
}

static __always_inline void parse_transport(struct packet *packet)
{
	FORGET(packet, packet->network);
	FORGET(packet, packet->malformed);
	packet->check = set.default_action == ACTION_DROP || (set.if_malformed & set.if_sound) != set.all_rules;
	packet->protocol = NO_PROTOCOL;
	packet->source_port = NO_PORT;
	packet->destination_port = NO_PORT;
	packet->icmp_type = NO_ICMP_TYPE;
	packet->flags = NO_TCP_FLAGS;
	packet->has_transport = packet->version == 4 ? parse_ipv4(packet) : packet->version == 6 && parse_ipv6(packet);
	if (packet->has_transport)
		parse_transport_header(packet);
}

#endif
