/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#include <linux/bpf.h>

#define A x = x * 3 + bpf_get_prandom_u32();
#define B A A A A A A A A A A
#define C B B B B B B B B B B
#define D C C C C C C C C C C
#define E D D D D D D D D D D
#define F E E E E E E E E E E

int expands(struct xdp_md *ctx)
{
	u64 x = 0;

	F return x & 3;
}
