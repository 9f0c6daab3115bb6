/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */

/* A block list, and interfaces to forward to. */
struct address {
	u32 prefixlen;
	u32 network;
};

BPF_LPM_TRIE(blocked, struct address, u64, 2000);
BPF_DEVMAP(ports, 8);

int filter(struct xdp_md *ctx)
{
	struct address from = {.prefixlen = 32};
	u64 *rule = blocked.lookup(&from);

	return rule ? XDP_DROP : ports.redirect_map(ctx->ingress_ifindex & 7, 0);
}
