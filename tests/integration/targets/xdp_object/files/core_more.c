/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Members of the kernel's structures that lie elsewhere than here: bit fields, elements, unnamed structures, other
 * widths. */
#include "core.h"

struct sk_buff___ours {
	unsigned char pkt_type : 3;
	unsigned char ip_summed : 2;
	unsigned int len;
} __core;

struct task_struct___ours {
	char comm[16];
	int pid;
	unsigned long prio; /* an int in the kernel, which has a sign: this cannot follow */
} __core;

struct net_device___ours {
	unsigned long mtu; /* 32 bits in the kernel */
	char name[16];
} __core;

struct iphdr___ours {
	__u8 version : 4, ihl : 4;
	__be32 daddr;
} __core;

/* As BPF_CORE_READ_BITFIELD of bpf/bpf_core_read.h: what the structure here says of the shifts does not hold there. */
#define bits(from, field) \
	({ \
		void *at = (void *)(from) + __builtin_preserve_field_info((from)->field, 0); \
		__u64 value = 0; \
		switch (__builtin_preserve_field_info((from)->field, 1)) { \
		case 1: \
			value = *(volatile __u8 *)at; \
			break; \
		case 2: \
			value = *(volatile __u16 *)at; \
			break; \
		case 4: \
			value = *(volatile __u32 *)at; \
			break; \
		case 8: \
			value = *(volatile __u64 *)at; \
			break; \
		} \
		value <<= __builtin_preserve_field_info((from)->field, 4); \
		value >> __builtin_preserve_field_info((from)->field, 5); \
	})

SEC("xdp") int core_more(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct sk_buff___ours *buffer = data;
	struct task_struct___ours *task = data;
	struct net_device___ours *device = data;
	struct iphdr___ours *ip = data;
	__u64 found;

	if (data + 0x4000 > (void *)(long)ctx->data_end)
		return XDP_PASS;
	found = bits(buffer, pkt_type) + bits(buffer, ip_summed) + bits(ip, ihl) + buffer->len + ip->daddr;
	found += task->comm[5] + task->pid + device->mtu + device->name[3] + field_size(task->comm);
	return found & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int core_width(struct xdp_md *ctx)
{
	struct task_struct___ours *task = (void *)(long)ctx->data;

	if ((void *)task + 0x4000 > (void *)(long)ctx->data_end)
		return XDP_PASS;
	return task->prio ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
