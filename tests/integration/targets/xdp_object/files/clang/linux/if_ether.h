/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */
#pragma once

/* A header of one's own that is called like one of the system's, which it includes. */
#include <linux/if_ether.h>
#define ETH_P_BLOCKED ETH_P_LOOP
