// Copyright (c) 2026 the ebpf.xdp contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Programs for the only interface of a host, one good and the others bad in a way of their own.

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include "xdp_stats.h"

#define CONTROLLER 0xfe0012c6 /* 198.18.0.254, in the order of the network on a little-endian machine */
#define LATER 5000000000ULL

BPF_ARRAY(first, u64, 1);

/* The TCP header of a packet for port 22; NULL for any other packet. */
static inline struct tcphdr *to_ssh(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return NULL;
	if (ip->protocol != IPPROTO_TCP || ip->ihl != 5 || tcp->dest != bpf_htons(22))
		return NULL;
	return tcp;
}

int let_pass(struct xdp_md *ctx)
{
	return count_verdict(ctx, XDP_PASS);
}

int let_pass_too(struct xdp_md *ctx)
{
	u32 none = 0;

	first.lookup(&none); /* so that it is another program */
	return count_verdict(ctx, XDP_PASS);
}

int drop_all(struct xdp_md *ctx)
{
	return count_verdict(ctx, XDP_DROP);
}

/* Connections that are there go on. */
int drop_new(struct xdp_md *ctx)
{
	struct tcphdr *tcp = to_ssh(ctx);

	return count_verdict(ctx, tcp && tcp->syn && !tcp->ack ? XDP_DROP : XDP_PASS);
}

int drop_later(struct xdp_md *ctx)
{
	u32 none = 0;
	u64 now = bpf_ktime_get_ns(), *since = first.lookup(&none);

	if (since && !*since)
		*since = now;
	return count_verdict(ctx, since && now - *since > LATER ? XDP_DROP : XDP_PASS);
}

int drop_controller(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return count_verdict(ctx, XDP_PASS);
	return count_verdict(ctx, ip->saddr == CONTROLLER ? XDP_DROP : XDP_PASS);
}

int abort_all(struct xdp_md *ctx)
{
	return count_verdict(ctx, XDP_ABORTED);
}
