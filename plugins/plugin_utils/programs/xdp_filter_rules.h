/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Copyright (c) 2026 the ebpf.xdp contributors */

/*
 * The rules, as the controller compiles them: constants and tables.
 *
 * A set of rules is a mask, in which rule n is bit n; rule 0 is the first one. Each
 * condition has a table from a value of its field to the rules that want it there,
 * and a constant, any_..., with the rules that lack the condition. Where that is
 * all_rules, no rule has it: the verifier knows the constants and removes the code.
 */
#ifndef EBPF_XDP_XDP_FILTER_RULES_H
#define EBPF_XDP_XDP_FILTER_RULES_H

#define RULES 64

enum action { ACTION_DROP, ACTION_PASS, ACTION_LIMIT };

/* Counter slots that no rule has. */
enum slot { SLOT_DEFAULT, SLOT_ESSENTIAL, SLOT_REPLIES };
#define SLOTS 128

/* What the keys of arrays are for fields that a packet does not have: beyond the end. */
#define NO_PROTOCOL 256
#define NO_ETHERTYPE 65536
#define NO_VLAN 4097
/* A condition can ask for this one. */
#define UNTAGGED 4096

/* Added to the type of ICMPv6. */
#define ICMPV6 256

/*
 * One structure, so that all of it is read relative to one address. Object specs have each
 * member as a constant of its own.
 */
const volatile struct {
	__u64 all_rules;
	__u64 any_source, any_destination;
	__u64 any_source_port, any_destination_port;
	__u64 any_protocol, any_icmp_type, any_tcp_flags;
	__u64 any_source_mac, any_ethertype, any_vlan;
	/* Rules that can match fragments, whole packets, malformed packets and sound ones. */
	__u64 if_fragment, if_whole, if_malformed, if_sound;
	/* Rules that can match a whole packet with a header of TCP, or of UDP, apart from what is in
	 * the header: several conditions in one, for the packets that there are most of. */
	__u64 if_tcp, if_udp;

	/* Which tables of addresses have entries. */
	bool use_source4_hosts, use_source4, use_source6_hosts, use_source6;
	bool use_destination4_hosts, use_destination4, use_destination6_hosts, use_destination6;

	__u8 actions[RULES];
	__u8 slots[RULES];
	/* Rules that only count what they would do, and whether all of them do. */
	__u64 dry_run_rules;
	bool dry_run;

	/* Whether any rule has a limit, and what the limits are: see xdp_filter_limit.h. */
	bool limits;
	__u8 limiters[RULES];
	__u64 limit_interval[RULES];
	__u64 limit_tolerance[RULES];
	__u8 limit_per[RULES];
	__u8 limit_source4[RULES], limit_source6[RULES];

	/* What becomes of packets that no rule matches. */
	__u8 default_action;
	/* Where that is to drop them, these pass all the same. */
	bool pass_other_ethertypes, reply_tcp;
	__u8 reply_udp_count;
	__u16 reply_udp[8];

	/* Whether verdicts are counted by interface, too. */
	bool count_verdicts;

	/* That no rule asks for more than addresses, Ethernet header and tags. */
	bool skip_transport;
	/* Whether any rule asks if packets are malformed, or what passes although the default is to drop. */
	bool check_malformed;
} set = {.default_action = ACTION_PASS, .count_verdicts = true};

struct prefix4 {
	__u32 prefixlen;
	__u8 address[4];
};

struct prefix6 {
	__u32 prefixlen;
	__u8 address[16];
};

struct rule_counter {
	__u64 packets, bytes;
	/* What a dry run has let pass. */
	__u64 would_packets, would_bytes;
};

/* What the rules are, for those who read the map; the program does not. The row that each has in the counters is in
 * slots. */
struct rule {
	char name[64];
	char action[12];
	char text[436];
};

#define ARRAY(map, entries) \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(max_entries, entries); \
		__type(key, __u32); \
		__type(value, __u64); \
	} map SEC(".maps")

/* Their sizes are set when there are entries. */
#define GROWING(map, kind, key_type) \
	struct { \
		__uint(type, BPF_MAP_TYPE_##kind); \
		__uint(max_entries, 1); \
		__uint(map_flags, BPF_F_NO_PREALLOC); \
		__type(key, key_type); \
		__type(value, __u64); \
	} map SEC(".maps")

/* Whole addresses apart from prefixes: a hash answers sooner than a trie. An entry has
 * the rules of all prefixes that cover it as well. */
GROWING(source4_hosts, HASH, __u8[4]);
GROWING(source4, LPM_TRIE, struct prefix4);
GROWING(source6_hosts, HASH, __u8[16]);
GROWING(source6, LPM_TRIE, struct prefix6);
GROWING(destination4_hosts, HASH, __u8[4]);
GROWING(destination4, LPM_TRIE, struct prefix4);
GROWING(destination6_hosts, HASH, __u8[16]);
GROWING(destination6, LPM_TRIE, struct prefix6);
ARRAY(source_ports, 1);
ARRAY(destination_ports, 1);
ARRAY(protocols, 256);
ARRAY(icmp_types, 512);
ARRAY(tcp_flags, 256);
GROWING(source_macs, HASH, __u8[6]);
GROWING(ethertypes, HASH, __u16);
ARRAY(vlans, 4097);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, struct rule_counter);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RULES);
	__type(key, __u32);
	__type(value, struct rule);
} rules SEC(".maps");

#endif
