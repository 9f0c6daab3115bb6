/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Constants that hold addresses and ports, in the order of packets, as programs compare them. */
#include "common.h"

const volatile __u8 v6[16];
const volatile __be32 v6_words[4];
const volatile __u32 v4;
const volatile __u8 mac[6];
const volatile __be16 dport;
const volatile __u16 length;
const volatile char name[16];

SEC("xdp") int addresses(struct xdp_md *ctx)
{
	unsigned int at = ctx->ingress_ifindex & 3;

	return v6[at] + v6_words[at] + v4 + mac[at] + dport + length + name[at] == 7 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
