/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */
#pragma once

const volatile __u32 longest = 100;

static __noinline int is_too_long(__u32 length)
{
	return length > longest;
}
