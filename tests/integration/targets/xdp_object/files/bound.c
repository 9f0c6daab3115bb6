/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Constants that no instruction uses, which bpftool shows as the program's metadata, and a program on request. */
#include "common.h"

const volatile char bpf_metadata_about[] = "not used";

SEC("xdp") int bound(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("?xdp") int on_request(struct xdp_md *ctx)
{
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
