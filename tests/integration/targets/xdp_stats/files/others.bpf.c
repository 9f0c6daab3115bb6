/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Counts each packet in maps of several shapes, as programs of others do: only BTF says what is what. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define VERDICTS 5

struct datarec {
	__u64 rx_packets;
	__u64 rx_bytes;
};

struct small {
	__u64 bytes;
	__u32 last_seen;
	__u32 pkts;
};

struct both {
	__u64 packets;
	__u64 rx_packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICTS);
	__type(key, __u32);
	__type(value, struct datarec);
} by_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICTS);
	__type(key, __u32);
	__type(value, struct small);
} turned SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, enum xdp_action);
	__type(value, struct small);
} hashed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct datarec[VERDICTS]);
} in_one SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VERDICTS);
	__type(key, __u32);
	__type(value, struct both);
} unclear SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct datarec);
} by_port SEC(".maps");

SEC("xdp")
int others(struct xdp_md *ctx)
{
	__u64 length = ctx->data_end - ctx->data;
	__u32 verdict = XDP_DROP, first = 0, port = 443;
	struct datarec *counted = bpf_map_lookup_elem(&by_cpu, &verdict), new = {1, length};
	struct small *small = bpf_map_lookup_elem(&turned, &verdict), none = {};
	struct datarec(*all)[VERDICTS] = bpf_map_lookup_elem(&in_one, &first);
	struct both *both = bpf_map_lookup_elem(&unclear, &verdict);

	if (!counted || !small || !all || !both)
		return XDP_ABORTED;
	counted->rx_packets++;
	counted->rx_bytes += length;
	small->pkts++;
	small->bytes += length;
	(*all)[XDP_DROP].rx_packets++;
	(*all)[XDP_DROP].rx_bytes += length;
	both->packets++;
	bpf_map_update_elem(&by_port, &port, &new, BPF_ANY);
	bpf_map_update_elem(&hashed, &verdict, &none, BPF_NOEXIST);
	small = bpf_map_lookup_elem(&hashed, &verdict);
	if (!small)
		return XDP_ABORTED;
	__sync_fetch_and_add(&small->pkts, 1);
	__sync_fetch_and_add(&small->bytes, length);
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
