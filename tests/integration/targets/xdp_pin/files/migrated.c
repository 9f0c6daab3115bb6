/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Maps whose size or type changes from one version to the next. Each packet brings a key of its own. */
#include <linux/bpf.h>

#ifndef TYPE
#define TYPE "hash"
#endif
#ifndef KEY
#define KEY u64
#endif
#ifndef PORTS
#define PORTS 4
#endif

BPF_TABLE(TYPE, KEY, u64, seen, ENTRIES);
BPF_TABLE("percpu_hash", u64, u64, by_cpu, ENTRIES);
BPF_ARRAY(counts, u64, ENTRIES);
BPF_PERCPU_ARRAY(cpu_counts, u64, ENTRIES);

struct prefix {
	u32 length;
	u32 address;
};
BPF_F_TABLE("lpm_trie", struct prefix, u64, prefixes, ENTRIES, BPF_F_NO_PREALLOC);

/* Entries of this one cannot be copied. */
BPF_DEVMAP(ports, PORTS);

/* The same in all versions: how many packets there were. */
BPF_PERCPU_ARRAY(total, u64, 1);

int migrated(struct xdp_md *ctx)
{
	u64 *number = (u64 *)((char *)(long)ctx->data + 16);
	int first = 0;
	struct prefix any = {};
	u64 zero = 0, one = 1;
	KEY key;

	if ((void *)(number + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	key = *number;
	seen.update(&key, &one);
	by_cpu.update(&zero, &one);
	counts.increment(first);
	cpu_counts.increment(first);
	total.increment(first);
	if (prefixes.lookup(&any))
		return ports.redirect_map(first, 0);
	return XDP_DROP;
}
