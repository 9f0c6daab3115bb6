/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* What the objects of this test need of libbpf's headers, which are not on every host. */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, number) int (*name)[number]
#define __type(name, type) typeof(type) *name
#define __noinline __attribute__((noinline))
#define __hidden __attribute__((visibility("hidden")))

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;

struct record {
	__u64 packets, bytes;
};
