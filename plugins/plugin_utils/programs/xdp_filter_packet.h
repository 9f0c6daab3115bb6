/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A packet, and its Ethernet header. */
#ifndef EBPF_XDP_XDP_FILTER_PACKET_H
#define EBPF_XDP_XDP_FILTER_PACKET_H

#include "xdp_filter_rules.h"

/* Numbers of 64 bits, as FORGET() takes. */
struct packet {
	struct xdp_md *ctx;
	/* The first buffer, and whether there may be others. */
	void *data, *data_end;
	bool frags;
	/* Bytes of all buffers. */
	__u64 length;

	__u64 ethertype; /* behind the tags */
	__u64 vlan;	 /* of the outermost tag */
	__u64 network;	 /* where the network header begins */
	__u64 version;	 /* of a readable IP header, or 0 */
	__u64 malformed;

	/* What parse_ipv4() and parse_ipv6() find out. */
	__u64 fragment, jumbo, hop_limit, protocol;
	/* From where on IP carries a transport header, and where its bytes end. */
	__u64 transport, end;
	/* The slot of a packet that no rule matches: whether it passes although the default is to drop. */
	__u64 slot;
	/* Always 0, which the verifier does not know. */
	__u64 zero;
};

/*
 * Whatever way led here, the verifier then takes the value for any number. Otherwise it
 * would follow all later instructions once for each way through the headers.
 */
#define FORGET(packet, value) asm volatile("%0 += %1" : "+r"(value) : "r"((packet)->zero))

/*
 * Copy the header at an offset; false if the frame ends before it does. Older verifiers
 * forget the bounds of an offset that was on the stack, and clang would leave out a mask
 * of which it knows that it changes nothing.
 */
#define READ(packet, offset, header) \
	({ \
		__u64 place = (offset); \
		const typeof(*(header)) *there; \
		bool whole; \
\
		if (!__builtin_constant_p(offset)) \
			asm volatile("%0 &= 0x7fff" : "+r"(place)); \
		there = (packet)->data + place; \
		whole = (void *)(there + 1) <= (packet)->data_end; \
		if (whole) \
			*(header) = *there; \
		else if ((packet)->frags) \
			whole = !bpf_xdp_load_bytes((packet)->ctx, place, header, sizeof(*(header))); \
		whole; \
	})

/* As struct ethhdr, which clang reads byte by byte. */
struct ethernet {
	__u8 destination[ETH_ALEN];
	__u8 source[ETH_ALEN];
	__be16 ethertype;
};

/* As struct ipv6hdr, which clang reads byte by byte, too. */
struct ipv6 {
	__be32 version; /* and more */
	__be16 payload_length;
	__u8 next_header, hop_limit;
	struct {
		__be32 words[4];
	} source, destination;
};

struct vlan_tag {
	__be16 id; /* and priority */
	__be16 ethertype;
};

static __always_inline bool is_vlan(__u64 ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD;
}

static __always_inline void parse_ethernet(struct packet *packet)
{
	struct ethernet ethernet;
	struct vlan_tag tag;
	__u64 ethertype;

	packet->vlan = NO_VLAN;
	packet->ethertype = NO_ETHERTYPE;
	packet->malformed = 1;
	if (!READ(packet, 0, &ethernet))
		return;
	ethertype = bpf_ntohs(ethernet.ethertype);
	packet->network = sizeof(ethernet);
	if (is_vlan(ethertype)) {
		if (!READ(packet, packet->network, &tag))
			return;
		packet->vlan = bpf_ntohs(tag.id) & 0xfff;
		ethertype = bpf_ntohs(tag.ethertype);
		packet->network += sizeof(tag);
		if (is_vlan(ethertype)) {
			if (!READ(packet, packet->network, &tag))
				return;
			ethertype = bpf_ntohs(tag.ethertype);
			packet->network += sizeof(tag);
		}
	} else {
		packet->vlan = UNTAGGED;
	}
	packet->ethertype = ethertype;
	packet->malformed = 0;
}

#endif
