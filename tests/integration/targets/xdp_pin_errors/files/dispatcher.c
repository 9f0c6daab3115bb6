/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Looks like libxdp's dispatcher from outside: its name, and one map that begins with a magic byte. */
struct config {
	u8 magic;
	u8 rest[123];
};
BPF_ARRAY(dispatcher_conf, struct config, 1);

int xdp_dispatcher(struct xdp_md *ctx)
{
	int key = 0;

	return dispatcher_conf.lookup(&key) ? XDP_PASS : XDP_ABORTED;
}
