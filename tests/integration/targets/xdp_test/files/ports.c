/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Does with a UDP packet what its destination port says, in IPv4 and behind any number of VLAN tags up to two. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#ifndef MOST
#define MOST 1000000
#endif

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u64);
} counted SEC(".maps");

/* Packets by source, for the rate limit. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOST);
	__type(key, __be32);
	__type(value, __u64);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST);
	__type(key, __be32);
	__type(value, __u32);
} blocked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} stages SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {.values = {&inner}};

const volatile __u32 limit = 3;
__u32 total;

static __always_inline int count(__u32 verdict)
{
	__u64 *packets = bpf_map_lookup_elem(&counted, &verdict);

	if (packets)
		(*packets)++;
	total++;
	return verdict;
}

static __always_inline int limited(__be32 source)
{
	__u64 one = 1, *packets = bpf_map_lookup_elem(&seen, &source);

	if (!packets) {
		bpf_map_update_elem(&seen, &source, &one, BPF_ANY);
		return XDP_PASS;
	}
	return ++*packets > limit ? XDP_DROP : XDP_PASS;
}

static __always_inline int nested(void)
{
	__u32 zero = 0, one = 1, *verdict;
	void *map = bpf_map_lookup_elem(&outer, &zero);

	if (!map)
		return XDP_ABORTED;
	verdict = bpf_map_lookup_elem(map, &one);
	return verdict ? *verdict : XDP_ABORTED;
}

static __always_inline int answered(struct ethhdr *eth, struct iphdr *ip)
{
	__u8 mac[ETH_ALEN];

	__builtin_memcpy(mac, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, mac, ETH_ALEN);
	ip->tos = 4;
	return XDP_TX;
}

SEC("xdp") int stage(struct xdp_md *ctx)
{
	return count(XDP_DROP);
}

/* The lowest bits of the metadata as the verdict. */
static __always_inline int marked(struct xdp_md *ctx)
{
	__u32 *meta = (void *)(long)ctx->data_meta;

	return (void *)(meta + 1) > (void *)(long)ctx->data ? XDP_PASS : *meta & 7;
}

static __always_inline int told(struct xdp_md *ctx, struct ethhdr *eth, struct iphdr *ip, __u16 port)
{
	switch (port) {
	case 1:
		return XDP_ABORTED;
	case 2:
		return XDP_DROP;
	case 4:
		return answered(eth, ip);
	case 5:
		return bpf_redirect_map(&ports, 0, 0);
	case 6:
		return 77;
	case 7:
		return limited(ip->saddr);
	case 8:
		return ctx->ingress_ifindex == 1 ? XDP_PASS : XDP_DROP;
	case 9:
		return ctx->rx_queue_index ? XDP_DROP : XDP_PASS;
	case 10:
		return marked(ctx);
	case 11:
		/* Without the Ethernet header, so that what comes out is shorter, with metadata of its own. */
		return bpf_xdp_adjust_head(ctx, 14) || bpf_xdp_adjust_meta(ctx, -8) ? XDP_ABORTED : XDP_PASS;
	case 12:
		bpf_tail_call(ctx, &stages, 0);
		return XDP_PASS;
	case 13:
		return nested();
	case 14:
		return bpf_map_lookup_elem(&blocked, &ip->saddr) ? XDP_DROP : XDP_PASS;
	case 15:
		return total ? XDP_DROP : XDP_PASS;
	}
	return XDP_PASS;
}

SEC("xdp") int ports_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__be16 type;
	int offset = sizeof(*eth);
	struct iphdr *ip;
	struct udphdr *udp;

	if (data + sizeof(*eth) + 8 > end)
		return count(XDP_PASS);
	type = eth->h_proto;
	for (int tag = 0; tag < 2; tag++) {
		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		type = *(__be16 *)(data + offset + 2);
		offset += 4;
		if (data + offset + 4 > end)
			return count(XDP_PASS);
	}
	ip = data + offset;
	udp = (void *)(ip + 1);
	if (type != bpf_htons(ETH_P_IP) || (void *)(udp + 1) > end || ip->protocol != IPPROTO_UDP || ip->ihl != 5)
		return count(XDP_PASS);
	return count(told(ctx, eth, ip, bpf_ntohs(udp->dest)));
}

/* The same for packets in several fragments. */
SEC("xdp.frags") int long_packets(struct xdp_md *ctx)
{
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
