/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* What the running kernel has: functions, variables, settings of its build, and some that no kernel has. */
#include "core.h"

#define __ksym __attribute__((section(".ksyms")))
#define __kconfig __attribute__((section(".kconfig")))
#define __weak __attribute__((weak))

enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern int bpf_dynptr_from_xdp(struct xdp_md *ctx, __u64 flags, struct bpf_dynptr *dynptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *dynptr, __u32 offset, void *buffer, __u32 size) __ksym;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;
extern int no_such_function(int number) __ksym __weak;
extern const int no_such_variable __ksym __weak;
extern const void no_such_symbol __ksym __weak;
extern const void bpf_map_area_alloc __ksym;

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_BPF_JIT __kconfig;
extern char CONFIG_CC_VERSION_TEXT[8] __kconfig;
extern unsigned short CONFIG_HZ __kconfig;
extern unsigned long CONFIG_NR_CPUS __kconfig;
extern int CONFIG_NO_SUCH_SETTING __kconfig __weak;

SEC("xdp") int externs(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;
	unsigned char buffer[14];
	int wrong = 0;

	if (bpf_dynptr_from_xdp(ctx, 0, &packet) || !bpf_dynptr_slice(&packet, 0, buffer, sizeof(buffer)))
		return XDP_ABORTED;
	if (bpf_rcu_read_lock && bpf_rcu_read_unlock) {
		bpf_rcu_read_lock();
		bpf_rcu_read_unlock();
	}
	if (no_such_function)
		wrong += no_such_function(1);
	if (&no_such_variable)
		wrong += no_such_variable;
	wrong += &no_such_symbol != 0 || (long)&bpf_map_area_alloc >= 0;
	wrong += LINUX_KERNEL_VERSION < 0x050a00 || !CONFIG_BPF_SYSCALL || CONFIG_BPF_JIT != TRI_YES;
	wrong += !CONFIG_CC_VERSION_TEXT[0] || !CONFIG_HZ || !CONFIG_NR_CPUS || CONFIG_NO_SUCH_SETTING;
	return wrong ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
