/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A map whose every field the test can choose. */
#ifdef HASH
BPF_TABLE("percpu_hash", u64, u32, sized, 7);
#else
BPF_TABLE("percpu_array", u32, u64, sized, 5);
#endif

int counts(struct xdp_md *ctx)
{
#ifdef HASH
	u64 key = 0;
#else
	u32 key = 0;
#endif
	return sized.lookup(&key) ? XDP_PASS : XDP_PASS;
}
