/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A member of a chain whose map has as many entries as the test says. */
BPF_ARRAY(seen, u64, ENTRIES);

int counts(struct xdp_md *ctx)
{
	u32 key = 0;
	u64 *count = seen.lookup(&key);

	if (count)
		__sync_fetch_and_add(count, 1);
	return XDP_PASS;
}
