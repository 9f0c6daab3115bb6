/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
struct samples {
	u64 numbers[5000];
};
BPF_TABLE("percpu_array", u32, struct samples, sampled, 1);
int looks_up(struct xdp_md *ctx)
{
	u32 first = 0;
	return sampled.lookup(&first) ? XDP_DROP : XDP_PASS;
}
