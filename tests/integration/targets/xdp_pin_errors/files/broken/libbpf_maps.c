/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
struct {
	int (*type)[BPF_MAP_TYPE_ARRAY];
} counters SEC(".maps");
int fine(struct xdp_md *ctx) { return XDP_PASS; }
