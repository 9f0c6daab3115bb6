/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Variables of every section, of many types; constants that change what the program does. */
#include "common.h"

enum policy { POLICY_PASS, POLICY_DROP };

struct limits {
	__u16 low;
	__s16 high;
	struct {
		_Bool enabled;
		__u8 address[4];
	} inner;
};

const volatile enum policy policy = POLICY_PASS;
const volatile __u16 blocked_type = 0;
const volatile __s64 offset = -1;
const volatile _Bool flag = 0;
const volatile char tag[8] = "abc";
const volatile __u32 list[3] = {1, 2, 3};
const volatile struct limits limits = {.low = 10, .high = -10, .inner = {.address = {1, 2, 3, 4}}};

static const volatile __u32 table[4] SEC(".rodata.table") = {10, 20, 30, 40};

/* .bss and .data */
__u64 seen;
__u64 matched = 100;
__u32 copies[4] SEC(".data.copies") = {1};

SEC("xdp") int variables(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;

	seen++;
	copies[3] = table[seen & 3] + list[1] + tag[0] + flag;
	if (data + sizeof(*ethernet) > end || ethernet->h_proto != blocked_type)
		return XDP_PASS;
	matched += offset + limits.low + limits.high + limits.inner.enabled + limits.inner.address[3];
	return policy == POLICY_DROP ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
