/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "broken.h"

SEC("xdp") int broken(struct xdp_md *ctx)
{
	return XDP_PAS;
}
