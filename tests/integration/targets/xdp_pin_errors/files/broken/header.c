/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#include "bad_header.h"

int fine(struct xdp_md *ctx)
{
	return XDP_PASS;
}
