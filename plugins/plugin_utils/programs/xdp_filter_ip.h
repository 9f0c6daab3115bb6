/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* The rest of the IP headers: where they end, and what is wrong about them. */
#ifndef EBPF_XDP_XDP_FILTER_IP_H
#define EBPF_XDP_XDP_FILTER_IP_H

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

#define BIT(number) (1ULL << (number))

/* Any IPv6 extension header: these have at least 8 bytes. */
struct extension {
	__u8 next;
	__u8 length;
	__be16 fragment;
	__be32 identification;
};

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
	if (set.check_malformed) {
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
	struct ipv6 ip;

	if (!READ(packet, packet->network, &ip))
		return false;
	payload = bpf_ntohs(ip.payload_length);
	packet->transport = packet->network + sizeof(ip);
	rest = packet->length - packet->transport;
	packet->protocol = ip.next_header;
	packet->hop_limit = ip.hop_limit;
	packet->jumbo = !payload && ip.next_header == IPPROTO_HOPOPTS;
	packet->malformed |= payload > rest;
	packet->end = packet->transport + (packet->jumbo || payload > rest ? rest : payload);
	FORGET(packet, packet->malformed);
	FORGET(packet, packet->jumbo);
	FORGET(packet, packet->end);
	return parse_extensions(packet);
}

#endif
