# SPDX-License-Identifier: GPL-3.0-or-later
from bcc import BPF

b = BPF(text="int f(struct xdp_md *ctx) { return XDP_PASS; }")
