/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For clang: programs that redirect every packet, to an interface or to a processor, and one that ends its way. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} processors SEC(".maps");

/* How many have come to the end of their way. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} arrived SEC(".maps");

static int ended(void)
{
	__u32 first = 0;
	__u64 *packets = bpf_map_lookup_elem(&arrived, &first);

	if (packets)
		__sync_fetch_and_add(packets, 1);
	return XDP_DROP;
}

SEC("xdp") int to_interface(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devices, 0, 0);
}

SEC("xdp") int to_processor(struct xdp_md *ctx)
{
	return bpf_redirect_map(&processors, 1, 0);
}

SEC("xdp") int end(struct xdp_md *ctx)
{
	return ended();
}

SEC("xdp/cpumap") int end_there(struct xdp_md *ctx)
{
	return ended();
}

char redirects_license[] SEC("license") = "Dual BSD/GPL";
