/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* Maps whose keys and values have types of all kinds: map_types.py fills and reads them. */

#include <linux/bpf.h>
#include <linux/in6.h>
#include <stdbool.h>

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name

enum mode { OFF, DROP = 3, BACK = -2 };

struct key {
	__be32 host;
	__be16 port;
	__u8 proto; /* and a byte of padding */
};

struct range {
	signed char first;
	__u64 last[2];
};

struct value {
	__u8 rate;
	__u32 burst;
	__u32 low : 3, mid : 7;
	int neg : 5;
	enum mode small : 4;
	enum mode mode;
	bool on;
	char name[12];
	struct range ranges[2];
	struct {
		__u16 inside;
	};
	union {
		__u32 all;
		__u8 each[4];
	} either;
	struct in6_addr address;
	__u8 mac[6];
	__be64 large;
	long long difference;
};

struct trie_key {
	__u32 bits;
	__u8 data[4];
};

struct trie6_key {
	__u32 bits;
	struct in6_addr data;
};

struct locked {
	struct bpf_spin_lock lock;
	__u32 counter;
};

#define MAP(NAME, TYPE, KEY, VALUE, FLAGS) \
	struct { \
		__uint(type, BPF_MAP_TYPE_##TYPE); \
		__uint(max_entries, 32); \
		__uint(map_flags, FLAGS); \
		__type(key, KEY); \
		__type(value, VALUE); \
	} NAME SEC(".maps")

MAP(flows, HASH, struct key, struct value, 0);
MAP(recent, LRU_HASH, __u32, struct value, 0);
MAP(places, ARRAY, __u32, struct value, 0);
MAP(counters, PERCPU_HASH, enum mode, struct range, 0);
MAP(sums, PERCPU_ARRAY, __u32, struct range, 0);
MAP(names, HASH, char[8], bool, 0);
MAP(trie, LPM_TRIE, struct trie_key, __s16, BPF_F_NO_PREALLOC);
MAP(trie6, LPM_TRIE, struct trie6_key, struct range, BPF_F_NO_PREALLOC);
MAP(locks, ARRAY, __u32, struct locked, 0);

static void *(*look_up)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;

SEC("xdp")
int map_types(struct xdp_md *ctx)
{
	struct trie6_key key = {};

	look_up(&flows, &key);
	look_up(&recent, &key);
	look_up(&places, &key);
	look_up(&counters, &key);
	look_up(&sums, &key);
	look_up(&names, &key);
	look_up(&trie, &key);
	look_up(&trie6, &key);
	look_up(&locks, &key);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
