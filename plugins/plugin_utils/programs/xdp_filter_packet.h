/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A packet, and its headers up to the network's. */
#ifndef EBPF_XDP_XDP_FILTER_PACKET_H
#define EBPF_XDP_XDP_FILTER_PACKET_H

#include "xdp_filter_rules.h"

struct packet {
	struct xdp_md *ctx;
	/* The first buffer, and whether there may be others. */
	void *data, *data_end;
	bool frags;
	/* Whether it matters if the packet is malformed. */
	bool check;
	/* Bytes of all buffers. */
	__u32 length;

	__u32 ethertype; /* behind the tags */
	__u32 vlan;	 /* of the outermost tag */
	__u32 network;	 /* where the network header begins */
	__u8 version;	 /* of a readable IP header, or 0 */
	bool malformed;

	/* What parse_transport() finds out. */
	bool fragment, jumbo, has_transport;
	__u8 hop_limit;
	__u32 protocol, source_port, destination_port, icmp_type, flags;
	/* From where on IP carries a transport header, and where its bytes end. */
	__u32 transport, end;
};

/* Nobody writes it, which the verifier does not know. It is read each time anew, as the
 * verifier would learn what it is from one value that it was added to. */
volatile __u64 zero;

/*
 * Whatever way led here, the verifier then takes the value for any number. Otherwise it
 * would follow all later instructions once for each way through the headers.
 */
#define FORGET(value) ((value) += zero)

/*
 * Copy the header at an offset; false if the frame ends before it does. Older kernels
 * forget the bounds of an offset that was on the stack, and clang would leave out a mask
 * of which it knows that it changes nothing.
 */
#define READ(packet, offset, header) \
	({ \
		__u64 place = (offset); \
		const typeof(*(header)) *there; \
		bool whole; \
\
		asm volatile("%0 &= 0x7fff" : "+r"(place)); \
		there = (packet)->data + place; \
		whole = (void *)(there + 1) <= (packet)->data_end; \
		if (whole) \
			*(header) = *there; \
		else if ((packet)->frags) \
			whole = !bpf_xdp_load_bytes((packet)->ctx, place, header, sizeof(*(header))); \
		whole; \
	})

struct vlan_tag {
	__be16 id; /* and priority */
	__be16 ethertype;
};

static __always_inline bool is_vlan(__u32 ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD;
}

static __always_inline void parse_ethernet(struct packet *packet)
{
	struct ethhdr ethernet;
	struct vlan_tag tag;
	__u32 ethertype;

	packet->vlan = NO_VLAN;
	packet->ethertype = NO_ETHERTYPE;
	packet->malformed = true;
	if (!READ(packet, 0, &ethernet))
		return;
	ethertype = bpf_ntohs(ethernet.h_proto);
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
	packet->malformed = false;
}

static __always_inline void parse_network(struct packet *packet)
{
	parse_ethernet(packet);
	if (packet->ethertype == ETH_P_IP) {
		struct iphdr ip;

		if (READ(packet, packet->network, &ip) && ip.version == 4)
			packet->version = 4;
		else
			packet->malformed = true;
	} else if (packet->ethertype == ETH_P_IPV6) {
		struct ipv6hdr ip;

		if (READ(packet, packet->network, &ip) && ip.version == 6)
			packet->version = 6;
		else
			packet->malformed = true;
	}
	FORGET(packet->ethertype);
	FORGET(packet->vlan);
	FORGET(packet->network);
	FORGET(packet->version);
	FORGET(packet->malformed);
}

#endif
