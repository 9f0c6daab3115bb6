/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For clang, what a filter by ports of UDP is measured against: programs that each do one thing more than the one
 * before. */

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../../bpf/xdp_stats.h"

struct counter {
	__u64 packets, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u64);
} destination_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct counter);
} counters SEC(".maps");

/* The test run itself. */
SEC("xdp") int nothing(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* What xdp_filter checks of a packet that it takes for UDP over IPv4, with up to two tags. */
static __always_inline struct udphdr *checked(void *data, void *end)
{
	struct ethhdr *eth = data;
	__u16 type, total;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp;

	if ((void *)ip > end)
		return NULL;
	type = eth->h_proto;
#pragma clang loop unroll(full)
	for (int tag = 0; tag < 2; tag++) {
		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)ip + 4 > end)
			return NULL;
		type = ((__u16 *)ip)[1];
		ip = (void *)ip + 4;
	}
	udp = (void *)(ip + 1);
	if (type != bpf_htons(ETH_P_IP) || (void *)(udp + 1) > end || *(__u8 *)ip != 0x45 ||
	    ip->protocol != IPPROTO_UDP)
		return NULL;
	total = bpf_ntohs(ip->tot_len);
	if (ip->frag_off & bpf_htons(0xbfff) || total < sizeof(*ip) + sizeof(*udp) || total > end - (void *)ip)
		return NULL;
	return udp;
}

static __always_inline int by_ports(struct xdp_md *ctx, bool check, bool count, bool count_interface)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct udphdr *udp = data + sizeof(struct ethhdr) + sizeof(struct iphdr);
	struct counter *counter;
	__u32 key, verdict;
	__u64 *found;

	if (check)
		udp = checked(data, end);
	if (!udp || (void *)(udp + 1) > end)
		return XDP_PASS;
	key = bpf_ntohs(udp->dest);
	found = bpf_map_lookup_elem(&destination_ports, &key);
	verdict = found && *found ? XDP_DROP : XDP_PASS;
	if (count) {
		key = verdict == XDP_DROP;
		counter = bpf_map_lookup_elem(&counters, &key);
		if (counter) {
			counter->packets++;
			counter->bytes += end - data;
		}
	}
	return count_interface ? count_verdict(ctx, verdict) : verdict;
}

SEC("xdp") int one_array(struct xdp_md *ctx)
{
	return by_ports(ctx, false, false, false);
}

SEC("xdp") int and_counter(struct xdp_md *ctx)
{
	return by_ports(ctx, false, true, false);
}

SEC("xdp") int and_checks(struct xdp_md *ctx)
{
	return by_ports(ctx, true, true, false);
}

SEC("xdp") int and_interface(struct xdp_md *ctx)
{
	return by_ports(ctx, true, true, true);
}

char bare_ports_license[] SEC("license") = "Dual BSD/GPL";
