/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Loses packets in several ways, by the last byte of their type. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} processors SEC(".maps");

/* How many packets the processor has got. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} arrived SEC(".maps");

SEC("xdp/cpumap") int arrive(struct xdp_md *ctx)
{
	__u32 first = 0;
	__u64 *packets = bpf_map_lookup_elem(&arrived, &first);

	if (packets)
		__sync_fetch_and_add(packets, 1);
	return XDP_DROP;
}

SEC("xdp") int lossy(struct xdp_md *ctx)
{
	const unsigned char *data = (void *)(long)ctx->data;

	if (data + 14 > (const unsigned char *)(long)ctx->data_end)
		return XDP_PASS;
	switch (data[13]) {
	case 0xb5:
		return XDP_ABORTED;
	case 0xb6:
		return 17 + VERSION;
	case 0xb7:
		return bpf_redirect(0x7ffffffe, 0); /* there is no such interface */
	case 0xb9:
		return bpf_redirect_map(&devices, 0, 0);
	case 0xba:
		return bpf_redirect_map(&processors, 0, 0);
	case 0xbb:
		return bpf_redirect_map(&devices, 1, 0);
	default:
		return XDP_PASS;
	}
}

char _license[] SEC("license") = "GPL";
