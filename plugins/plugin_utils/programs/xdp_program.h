/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * For sources that bcc compiles as well as "clang -target bpf". bcc takes every
 * function as a program and knows its own licence; in an ELF object, sections
 * tell.
 */
#ifndef EBPF_XDP_XDP_PROGRAM_H
#define EBPF_XDP_XDP_PROGRAM_H

#ifdef BPF_PERCPU_ARRAY /* bcc has it from the start */

#ifdef XDP_FRAGS
#error "XDP_FRAGS needs clang: bcc makes no programs for packets in several fragments"
#endif

#define XDP_PROGRAM
#define XDP_LICENSE(text)

#else

/* vmlinux.h, where a source includes that first, has the same types. */
#ifndef __VMLINUX_H__
#include <linux/bpf.h>
#endif

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/*
 * Before a function that interfaces can run; with XDP_FRAGS defined before this
 * header is included, also with packets in several fragments (Linux 5.18).
 */
#ifdef XDP_FRAGS
#define XDP_PROGRAM __attribute__((section("xdp.frags"), used))
#else
#define XDP_PROGRAM __attribute__((section("xdp"), used))
#endif

/* Once, at the end: XDP_LICENSE("Dual BSD/GPL") */
#define XDP_LICENSE(text) char xdp_license[] __attribute__((section("license"), used)) = text;

#endif
#endif
