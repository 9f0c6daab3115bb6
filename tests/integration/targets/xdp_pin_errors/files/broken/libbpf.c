/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp") int passes(struct xdp_md *ctx)
{
	return XDP_PASS;
}
