/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Maps of many types, of which some cannot have types for keys and values. */
#include "common.h"

#define MAP(name_, type_, entries, key_, value_) \
	struct { \
		__uint(type, type_); \
		__uint(max_entries, entries); \
		__uint(key_size, key_); \
		__uint(value_size, value_); \
	} name_ SEC(".maps")

MAP(events, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 0, 4, 4);
MAP(jumps, BPF_MAP_TYPE_PROG_ARRAY, 2, 4, 4);
MAP(devices, BPF_MAP_TYPE_DEVMAP, 4, 4, 8);
MAP(device_hash, BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 8);
MAP(sockets, BPF_MAP_TYPE_XSKMAP, 4, 4, 4);
MAP(waiting, BPF_MAP_TYPE_QUEUE, 4, 0, 8);
/* Rounded up to a page, as libbpf does. */
MAP(ring, BPF_MAP_TYPE_RINGBUF, 1000, 0, 0);
MAP(recent, BPF_MAP_TYPE_LRU_PERCPU_HASH, 64, 8, 16);

/* With types that the kernel refuses for this type of map. */
struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} cpus SEC(".maps");

SEC("xdp") int many_maps(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
