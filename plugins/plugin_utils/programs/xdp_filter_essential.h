/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* What passes although no rule lets it pass and the default is to drop. */
#ifndef EBPF_XDP_XDP_FILTER_ESSENTIAL_H
#define EBPF_XDP_XDP_FILTER_ESSENTIAL_H

#include "xdp_filter_transport.h"

/* Errors, multicast listeners and neighbour discovery; the latter never crosses a router. */
static __always_inline bool is_essential_icmp(struct packet *packet)
{
	switch (packet->icmp_type) {
	case 3:	 /* unreachable */
	case 11: /* time exceeded */
	case 12: /* parameter problem */
	case ICMPV6 + 1 ... ICMPV6 + 4:
	case ICMPV6 + 130 ... ICMPV6 + 132:
	case ICMPV6 + 143:
		return true;
	case ICMPV6 + 133 ... ICMPV6 + 137:
		return packet->hop_limit == 255;
	}
	return false;
}

/* Without these, a host loses its addresses, its neighbours or its groups. */
static __always_inline bool is_essential(struct packet *packet)
{
	if (packet->malformed)
		return false;
	if (!packet->version)
		return packet->ethertype == ETH_P_ARP || set.pass_other_ethertypes;
	if (is_essential_icmp(packet))
		return true;
	if (packet->protocol == IPPROTO_IGMP)
		return packet->version == 4 && packet->has_transport;
	if (packet->protocol == IPPROTO_UDP) /* replies of DHCP */
		return packet->version == 4 ? packet->source_port == 67 && packet->destination_port == 68
					    : packet->source_port == 547 && packet->destination_port == 546;
	return false;
}

/* XDP sees only what comes in, and keeps no connections: any packet that looks like a reply is one. */
static __always_inline bool is_reply(struct packet *packet)
{
	if (packet->malformed)
		return false;
	if (packet->protocol == IPPROTO_TCP)
		return set.reply_tcp && packet->flags & (ACK | RST);
	if (packet->protocol == IPPROTO_UDP)
#pragma clang loop unroll(full)
		for (int i = 0; i < 8; i++)
			if (i < set.reply_udp_count && packet->source_port == set.reply_udp[i])
				return true;
	return false;
}

/* The slot of a packet that no rule matches and the default is to drop. */
static __always_inline __u64 slot_of_exempt(struct packet *packet)
{
	return is_essential(packet) ? SLOT_ESSENTIAL : is_reply(packet) ? SLOT_REPLIES : SLOT_DEFAULT;
}

#endif
