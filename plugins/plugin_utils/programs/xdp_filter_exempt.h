/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * What passes although no rule lets it pass and the default is to drop: what a host loses its
 * addresses, its neighbours or its groups without, and replies.
 */
#ifndef EBPF_XDP_XDP_FILTER_EXEMPT_H
#define EBPF_XDP_XDP_FILTER_EXEMPT_H

#include "xdp_filter_packet.h"

/* Errors, multicast listeners and neighbour discovery; the latter never crosses a router. */
static __always_inline bool is_essential_icmp(struct packet *packet, __u64 type)
{
	switch (type) {
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

static __always_inline bool is_essential_ethertype(struct packet *packet)
{
	return packet->ethertype == ETH_P_ARP || set.pass_other_ethertypes;
}

static __always_inline bool is_dhcp_reply(struct packet *packet, __u64 source, __u64 destination)
{
	return packet->version == 4 ? source == 67 && destination == 68 : source == 547 && destination == 546;
}

/* XDP sees only what comes in, and keeps no connections: any packet that looks like a reply is one. */
static __always_inline bool is_udp_reply(__u64 source)
{
#pragma clang loop unroll(full)
	for (int i = 0; i < 8; i++)
		if (i < set.reply_udp_count && source == set.reply_udp[i])
			return true;
	return false;
}

static __always_inline __u64 slot_of_udp(struct packet *packet, __u64 source, __u64 destination)
{
	if (is_dhcp_reply(packet, source, destination))
		return SLOT_ESSENTIAL;
	return is_udp_reply(source) ? SLOT_REPLIES : SLOT_DEFAULT;
}

#endif
