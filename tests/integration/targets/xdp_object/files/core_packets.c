/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* On the kernel's types, of which it needs those alone that are the same on every Linux. */
#include "core.h"

static __noinline __attribute__((btf_decl_tag("newer than Linux 5.15"))) int packet(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct tcphdr *tcp6 = (void *)(ip6 + 1);

	if (data + 100 > end || ctx->ingress_ifindex == 7)
		return XDP_PASS;
	if (eth->h_proto == 0xdd86)
		return ip6->nexthdr == 6 && ip6->saddr.in6_u.u6_addr8[15] == 1 && tcp6->syn ? XDP_DROP : XDP_PASS;
	if (eth->h_proto != 8 || ip->ihl != 5 || ip->protocol != 6 || eth->h_dest[5] == 9)
		return XDP_PASS;
	return tcp->doff > 5 && ip->daddr == 1 && tcp->dest == 80 ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int packets(struct xdp_md *ctx)
{
	return packet(ctx);
}

char _license[] SEC("license") = "GPL";
