/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A program whose verdict the packet says, in a byte for each member, and which knows by itself when the next one runs:
 * libxdp reads that from .xdp_run_config. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifdef PROCEEDS_ON_PASS
#define PASS __uint(XDP_PASS, 1);
#else
#define PASS
#endif
#ifdef PROCEEDS_ON_DROP
#define DROP __uint(XDP_DROP, 1);
#else
#define DROP
#endif
#ifdef PROCEEDS_ON_TX
#define TX __uint(XDP_TX, 1);
#else
#define TX
#endif

#define CONFIG_OF(number) _dispatched##number
#define FUNCTION_OF(number) dispatched##number
#define CONFIG(number) CONFIG_OF(number)
#define FUNCTION(number) FUNCTION_OF(number)

struct {
	__uint(priority, 10 + NUMBER);
	PASS DROP TX
} CONFIG(NUMBER) SEC(".xdp_run_config");

SEC("xdp")
int FUNCTION(NUMBER)(struct xdp_md *ctx)
{
	__u8 *said = (void *)(long)ctx->data + 14 + NUMBER;

	if ((void *)(said + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	return *said;
}

char _license[] SEC("license") = "GPL";
