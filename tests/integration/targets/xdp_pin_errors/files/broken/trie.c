/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
struct prefix {
	u32 length;
	u32 address;
};
BPF_F_TABLE("lpm_trie", struct prefix, u64, routes, 100, 0);
int looks_up(struct xdp_md *ctx)
{
	struct prefix any = {};
	return routes.lookup(&any) ? XDP_DROP : XDP_PASS;
}
