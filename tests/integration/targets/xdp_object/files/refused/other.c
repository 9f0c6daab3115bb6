/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* No program for XDP. */
#include "../common.h"

SEC("tc") int ingress(struct __sk_buff *packet)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
