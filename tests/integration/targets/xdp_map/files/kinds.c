/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A map of every kind that can have declared contents, with types of every kind. */
#include "common.h"

static long (*const bpf_redirect_map)(void *map, __u64 key, __u64 flags) = (void *)BPF_FUNC_redirect_map;
static long (*const bpf_tail_call)(void *ctx, void *array, __u32 index) = (void *)BPF_FUNC_tail_call;

enum verdict {
	DENY = 1,
	ALLOW = 7,
};

struct service {
	__be32 address;
	__be16 port;
	__u8 protocol;
};

struct rule {
	enum verdict verdict;
	_Bool log;
	char name[12];
	__u8 mac[6];
	__u32 priority : 3;
	__u32 color : 5;
	struct {
		__u64 rate;
		__s16 burst[2];
	} limit;
};

struct prefix6 {
	__u32 prefixlen;
	__u8 address[16];
};

#define MAP(name, kind, entries, key_type, value_type, flags) \
	struct { \
		__uint(type, BPF_MAP_TYPE_##kind); \
		__uint(max_entries, entries); \
		__uint(map_flags, flags); \
		__type(key, key_type); \
		__type(value, value_type); \
	} name SEC(".maps")

MAP(services, HASH, 16, struct service, struct rule, 0);
MAP(numbers, ARRAY, 4, __u32, __u64, 0);
MAP(each_cpu, PERCPU_ARRAY, 2, __u32, __u64, 0);
MAP(cpu_hash, PERCPU_HASH, 8, __u32, __u32, 0);
MAP(recent, LRU_HASH, 64, __u32, __u32, 0);
MAP(networks, LPM_TRIE, 16, struct prefix6, __u32, BPF_F_NO_PREALLOC);
MAP(inner_a, ARRAY, 2, __u32, __u32, 0);
MAP(inner_b, ARRAY, 2, __u32, __u32, 0);

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_ARRAY);
			__uint(max_entries, 2);
			__type(key, __u32);
			__type(value, __u32);
		});
} outer SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__uint(value_size, 8);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 8);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} stages SEC(".maps");

SEC("xdp") int stage(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp/devmap") int leaving(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp/cpumap") int elsewhere(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp") int kinds(struct xdp_md *ctx)
{
	struct prefix6 source = {.prefixlen = 128};
	struct service service = {};
	__u32 number = VERSION;

	bpf_map_lookup_elem(&networks, &source);
	bpf_map_lookup_elem(&services, &service);
	bpf_map_lookup_elem(&numbers, &number);
	bpf_map_lookup_elem(&each_cpu, &number);
	bpf_map_lookup_elem(&cpu_hash, &number);
	bpf_map_lookup_elem(&recent, &number);
	bpf_map_lookup_elem(&inner_a, &number);
	bpf_map_lookup_elem(&inner_b, &number);
	bpf_map_lookup_elem(&outer, &number);
	if (ctx->ingress_ifindex == 1)
		return bpf_redirect_map(&ports, 0, 0);
	if (ctx->rx_queue_index == 1000)
		return bpf_redirect_map(&cpus, 0, 0);
	bpf_tail_call(ctx, &stages, 0);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
