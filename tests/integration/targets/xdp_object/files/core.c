/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A program on vmlinux.h: packets through it, and every kind of access to the kernel's types. */
#include "core.h"

#ifndef STEP
#define STEP 1
#endif

struct record {
	__u64 packets, types, others;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, struct record);
} counted SEC(".maps");

/* Members that this kernel's structure has elsewhere, and one that it has not. */
struct net_device___ours {
	int ifindex;
	unsigned int mtu;
	long no_such_member;
} __core;

struct no_such_type {
	int member;
} __core;

static __noinline __u64 sizes(const struct net_device___ours *device, const struct sk_buff *buffer)
{
	__u64 found = type_size(struct net_device) + type_size(struct iphdr);

	found += field_size(device->mtu) + field_size(buffer->len) + field_signed(device->ifindex);
	found += type_exists(struct net_device) + type_exists(struct no_such_type) + type_size(struct no_such_type);
	found += kernel_type(struct sk_buff) != 0;
	found += enum_exists(enum xdp_action, XDP_TX) + enum_value(enum xdp_action, XDP_REDIRECT);
	found += field_exists(device->no_such_member) ? device->no_such_member : 1;
	return found;
}

static __noinline int is_ip(const struct ethhdr *ethernet, const struct iphdr *ip, const void *end)
{
	if ((const void *)(ip + 1) > end)
		return 0;
	/* A bit field, and a member of an unnamed structure within a union. */
	return ethernet->h_proto == __builtin_bswap16(0x0800) && ip->version == 4 && ip->addrs.saddr;
}

SEC("xdp") int core(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	__u32 verdict = XDP_PASS;
	struct record *record = bpf_map_lookup_elem(&counted, &verdict);

	if (!record)
		return XDP_ABORTED;
	record->packets += STEP;
	record->types = sizes((void *)ethernet, (void *)ethernet);
	if ((void *)(ethernet + 1) <= end && !is_ip(ethernet, (void *)(ethernet + 1), end))
		record->others += STEP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
