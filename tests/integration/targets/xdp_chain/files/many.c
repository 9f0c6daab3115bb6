/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* A member with as many maps as MAPS says, whose names are as long as the kernel takes them. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TABLE(name) \
	struct { \
		__uint(type, BPF_MAP_TYPE_HASH); \
		__type(key, __u32); \
		__type(value, __u64); \
		__uint(max_entries, 4); \
	} name SEC(".maps")

TABLE(the_first_table);
#if MAPS > 1
TABLE(the_other_table);
TABLE(the_third_table);
TABLE(the_final_table);
#endif

static __always_inline int count_in(void *table)
{
	__u32 version = VERSION;
	__u64 one = 1, *value = bpf_map_lookup_elem(table, &version);

	if (value)
		__sync_fetch_and_add(value, 1);
	else
		bpf_map_update_elem(table, &version, &one, BPF_ANY);
	return 0;
}

SEC("xdp")
int many(struct xdp_md *ctx)
{
	count_in(&the_first_table);
#if MAPS > 1
	count_in(&the_other_table);
	count_in(&the_third_table);
	count_in(&the_final_table);
#endif
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
