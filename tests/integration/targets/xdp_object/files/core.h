/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* For programs that take the kernel's types as they are on the machine that builds them (CO-RE). */
#pragma once
#include "vmlinux.h"

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, number) int (*name)[number]
#define __type(name, type) typeof(type) *name
#define __noinline __attribute__((noinline))
#define __core __attribute__((preserve_access_index))

/* As bpf/bpf_core_read.h has them; the numbers are those of enum bpf_core_relo_kind, counted by sort. */
#define field_exists(field) __builtin_preserve_field_info(field, 2)
#define field_size(field) __builtin_preserve_field_info(field, 1)
#define field_signed(field) __builtin_preserve_field_info(field, 3)
#define type_exists(type) __builtin_preserve_type_info(*(typeof(type) *)0, 0)
#define type_size(type) __builtin_preserve_type_info(*(typeof(type) *)0, 1)
#define kernel_type(type) __builtin_btf_type_id(*(typeof(type) *)0, 1)
#define enum_exists(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 0)
#define enum_value(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 1)

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
