/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* What a tag does not show: sections that are read-only although they are not const, variables that nobody else may
 * map, constants that no instruction uses, and arguments that the verifier is told about. */
#include "common.h"

#define __nonnull __attribute__((btf_decl_tag("arg:nonnull")))

struct setting {
	__u32 length, verdict;
};

struct count {
	__u64 packets;
};

struct setting wanted SEC(".rodata.wanted") = {0, XDP_DROP};
static volatile __u64 private SEC(".data.private") = 1;
const volatile char bpf_metadata_about[] = "like libbpf";

__noinline int add(struct count *count __nonnull)
{
	__sync_fetch_and_add(&count->packets, 1);
	return XDP_PASS;
}

SEC("xdp") int like_libbpf(struct xdp_md *ctx)
{
	struct count count = {ctx->data_end - ctx->data};

	if (wanted.length && ctx->data_end - ctx->data > wanted.length)
		return wanted.verdict;
	private++;
	return add(&count);
}

char _license[] SEC("license") = "GPL";
