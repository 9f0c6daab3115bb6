/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Programs that cannot do without what no kernel has. */
#include "../common.h"

#define __ksym __attribute__((section(".ksyms")))
#define __kconfig __attribute__((section(".kconfig")))

extern int no_such_function(int number) __ksym;
extern const int no_such_variable __ksym;
extern const void no_such_symbol __ksym;

SEC("xdp") int function(struct xdp_md *ctx)
{
	return no_such_function(1);
}

SEC("xdp") int variable(struct xdp_md *ctx)
{
	return no_such_variable;
}

SEC("xdp") int symbol(struct xdp_md *ctx)
{
	return (long)&no_such_symbol & 1;
}

char _license[] SEC("license") = "GPL";
