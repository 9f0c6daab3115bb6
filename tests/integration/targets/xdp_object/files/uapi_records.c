/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/* The records of plugins/module_utils/_load/uapi_records.py as this machine's headers (linux-libc-dev) have them: only
 * their types count. linux/if.h would include headers of the C library that are not there for the target bpf. */
#define _LINUX_IF_H
#define IFNAMSIZ 16
struct sockaddr {
	unsigned short sa_family;
	char sa_data[14];
};

#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

union {
	struct arphdr arphdr;
	struct bpf_cpumap_val bpf_cpumap_val;
	struct bpf_devmap_val bpf_devmap_val;
	struct bpf_fib_lookup bpf_fib_lookup;
	struct bpf_sock_tuple bpf_sock_tuple;
	struct ethhdr ethhdr;
	struct icmp6hdr icmp6hdr;
	struct icmphdr icmphdr;
	struct in6_addr in6_addr;
	struct in_addr in_addr;
	struct ip_auth_hdr ip_auth_hdr;
	struct ip_esp_hdr ip_esp_hdr;
	struct iphdr iphdr;
	struct ipv6_opt_hdr ipv6_opt_hdr;
	struct ipv6_rt_hdr ipv6_rt_hdr;
	struct ipv6hdr ipv6hdr;
	struct tcphdr tcphdr;
	struct udphdr udphdr;
	struct xdp_md xdp_md;
} records;
