#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xdp_filter
short_description: Drop packets by rules, in the driver
version_added: 0.1.0
description:
  - Attaches a packet filter with these rules to interfaces. The program comes with the collection, so you write no C, and neither
    the controller nor the host needs a compiler.
  - Use it to block sources, limit floods, or let in only what a host serves. The role P(ebpf.xdp.xdp_filter#role) also keeps the filter
    through reboots.
  - The first rule that matches a packet decides. All conditions of a rule must hold, and one of several values of a condition is
    enough. Packets that no rule matches get O(default_action).
  - The filter sees packets that arrive on the interfaces, before the kernel's firewall. It does not see what the host sends, and does
    not track connections. The only state it keeps is that of O(rules[].action=limit).
  - The filter is a pin set like those of M(ebpf.xdp.xdp_pin), with a record, trials (O(confirm_timeout)) and upgrades in one step.
    M(ebpf.xdp.xdp_stats) shows what each rule has counted. M(ebpf.xdp.xdp_boot) keeps it with O(ebpf.xdp.xdp_boot#module:filter).
  - Adding values to the conditions of rules, or removing them, changes tables in place. Any other change creates new tables and a
    new program over them, and the interfaces switch to the new rules in one step. Counters go by the names of rules and continue.
  - Before anything is changed, test packets are run through the filter on a private copy of its tables. For each rule, one packet
    matches it and one does not.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.action
  - ebpf.xdp.attributes.group
attributes:
  action:
    support: full
    details:
      - The controller reads the rules and builds tables from them. The host runs M(ebpf.xdp.xdp_pin).
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The diff shows rules as text, and how many entries of the tables change.
  idempotent:
    support: full
options:
  name:
    description:
      - The name of the pin set.
      - 1 to 64 letters, digits, underscores and hyphens.
    type: str
    required: true
  state:
    description:
      - As O(ebpf.xdp.xdp_pin#module:state).
    type: str
    choices: [present, absent, confirmed, rolled_back]
    default: present
  rules:
    description:
      - The rules, in the order in which they are evaluated. There can be 64, including those that O(management_sources) adds.
      - A rule without any condition matches every packet.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - The name of the rule in results, statistics and metrics. It has 1 to 63 letters, digits, underscores, hyphens and dots, and must be
            unique.
          - V(default), V(essential), V(replies) and V(management) are reserved.
        type: str
        required: true
      action:
        description:
          - V(drop) drops the packet, and V(pass) lets it pass. Later rules are not evaluated.
          - V(limit) drops packets above O(rules[].packets_per_second). Later rules decide about packets below that.
        type: str
        choices: [drop, pass, limit]
        required: true
      source:
        description:
          - The source address of the packet. An IPv4 or IPv6 address or prefix, or a list of them.
        type: raw
      source_from:
        description:
          - A file with addresses and prefixes, one on each line, or a list of files. Text after a C(#) is a comment. Files are found on the
            controller in the same way as O(ansible.builtin.copy#module:src) of M(ansible.builtin.copy).
          - An empty file is refused unless O(rules[].allow_empty=true).
        type: raw
      destination:
        description:
          - As O(rules[].source), for the destination address.
        type: raw
      destination_from:
        description:
          - As O(rules[].source_from), for the destination address.
        type: raw
      allow_empty:
        description:
          - Whether O(rules[].source_from) and O(rules[].destination_from) may be empty. Such a condition never holds.
        type: bool
        default: false
      protocol:
        description:
          - V(tcp), V(udp), V(sctp), V(icmp), V(icmpv6), V(igmp), V(gre), V(esp) and so on, or a number, or a list of them.
          - For IPv6, this is the protocol after the extension headers.
        type: raw
      source_port:
        description:
          - A port, a range such as V(5000-5100), or a list. For TCP, UDP and SCTP.
          - This never matches a fragment that lacks the header with the ports.
        type: raw
      destination_port:
        description:
          - As O(rules[].source_port), for the destination port.
        type: raw
      icmp_type:
        description:
          - A type by name, such as V(echo-request), or a list. A name matches both ICMP and ICMPv6, unless O(rules[].protocol) selects one.
          - A number needs O(rules[].protocol).
        type: raw
      tcp_flags:
        description:
          - TCP flags that must be set, or with a leading exclamation mark, flags that must not be set. An example is V(syn,!ack).
          - At least one element of a list must match.
        type: raw
      fragment:
        description:
          - Whether the packet is a fragment, the first one or a later one. An IPv6 atomic fragment does not count as a fragment.
        type: bool
      malformed:
        description:
          - Whether the packet's headers are invalid. That means wrong lengths or offsets, contradictory flags, a truncated header, or
            more than eight IPv6 extension headers. Checksums are not verified, because the hardware may compute them later.
        type: bool
      source_mac:
        description:
          - The source MAC address of the frame, or a list of them.
        type: raw
      ethertype:
        description:
          - V(arp), V(ip), V(ip6), a number, or a list of them. For a frame with VLAN tags, this is the type after the tags.
        type: raw
      vlan:
        description:
          - VLAN ids of the outermost tag, ranges of them, or V(none) for frames without a tag.
          - Many drivers remove the tag before the filter sees the frame. If an interface does so, the task refuses the rule and names
            the command that changes it. On a veth, the other end decides. If that end is in a network namespace that has neither a name
            nor a process on this host, the task accepts the rule, and warns that it could not look.
          - Bridges, teams, macvlans, ipvlans, and bonds in generic mode get frames after the kernel has removed the tag. The task refuses
            the rule there. Attach the filter to the interfaces below them.
          - Rules without O(rules[].vlan) match packets of all VLANs.
        type: raw
      dry_run:
        description:
          - Whether to only count what the rule would do, and continue with the next rule.
        type: bool
        default: false
      packets_per_second:
        description:
          - The limit, required for O(rules[].action=limit).
        type: int
      burst:
        description:
          - How many packets may arrive at once. The default is a tenth of O(rules[].packets_per_second), and at least 1.
        type: int
      per:
        description:
          - What the limit applies to. V(source) limits each source separately, V(all) limits all packets that the rule matches together.
          - There are 65,536 slots for sources. Sources in the same slot share the limit.
        type: str
        choices: [source, all]
        default: source
      source_prefix_ipv4:
        description:
          - How many leading bits of an IPv4 address identify a source.
        type: int
        default: 32
      source_prefix_ipv6:
        description:
          - How many leading bits of an IPv6 address identify a source, at most 64.
        type: int
        default: 64
  default_action:
    description:
      - What happens to packets that no rule matches.
      - "With V(drop), some packets still pass: ARP, neighbour discovery (with hop limit 255), MLD, IGMP, DHCP replies, ICMP errors, frames that
        are not IP (O(pass_other_ethertypes)), and O(replies)."
    type: str
    choices: [pass, drop]
    default: pass
  management_sources:
    description:
      - Addresses from which the host is managed. Their SSH connections pass before any rule is evaluated.
      - Each element is an address or prefix, or a dictionary with C(source) and C(ports), a list of TCP ports to use instead of
        O(ssh_port). Other packets from these addresses do not pass, because anybody can forge an address.
    type: list
    elements: raw
    default: []
  ssh_port:
    description:
      - The SSH port for O(management_sources). The default is the port that the connection of this task uses.
    type: int
  replies:
    description:
      - Which packets pass as replies with O(default_action=drop). The filter keeps no state, so it does not know what the host has requested.
      - C(tcp) lets TCP packets with ACK or RST pass. They cannot open a connection, but they reach the kernel's stack.
      - C(udp) is a list of up to eight source ports. Packets from these ports pass, whoever sends them.
      - "The default is C({tcp: true, udp: [53, 123]})."
    type: dict
  pass_other_ethertypes:
    description:
      - Whether frames that are neither IP nor ARP pass with O(default_action=drop).
    type: bool
    default: true
  dry_run:
    description:
      - Whether to count the packets that would be dropped, and let them pass.
    type: bool
    default: false
  members:
    description:
      - Programs that run after the filter, one after the other, on the packets that pass it. They have the same form as
        O(ebpf.xdp.xdp_pin#module:chain). The filter is then the first member of the chain, and is called C(filter).
    type: list
    elements: dict
    default: []
  interfaces:
    description:
      - As O(ebpf.xdp.xdp_pin#module:interfaces).
    type: list
    elements: str
  mode:
    description:
      - As O(ebpf.xdp.xdp_pin#module:mode).
    type: str
    choices: [auto, native, generic, offload]
    default: auto
  attach:
    description:
      - As O(ebpf.xdp.xdp_pin#module:attach).
    type: str
    choices: [auto, link, netlink]
    default: auto
  replace_foreign:
    description:
      - As O(ebpf.xdp.xdp_pin#module:replace_foreign).
    type: bool
    default: false
  replace_sets:
    description:
      - As O(ebpf.xdp.xdp_pin#module:replace_sets).
    type: list
    elements: str
    default: []
  confirm_timeout:
    description:
      - As O(ebpf.xdp.xdp_pin#module:confirm_timeout). Rules that cut the controller off are rolled back after this many seconds.
      - Changes in place are tested beforehand, but are not on trial. V(0) means no trial.
    type: int
    default: 30
  confirm:
    description:
      - As O(ebpf.xdp.xdp_pin#module:confirm).
    type: bool
    default: true
  confirm_strict:
    description:
      - As O(ebpf.xdp.xdp_pin#module:confirm_strict).
    type: bool
    default: false
  gate:
    description:
      - As O(ebpf.xdp.xdp_pin#module:gate).
    type: dict
  tests:
    description:
      - Tests of your own, in addition to those generated from the rules. They have the same form as O(ebpf.xdp.xdp_pin#module:tests). All
        of them run on one copy of the tables.
    type: list
    elements: dict
    default: []
  ssh_test:
    description:
      - As O(ebpf.xdp.xdp_pin#module:ssh_test).
    type: bool
    default: true
  pin_root:
    description:
      - As O(ebpf.xdp.xdp_pin#module:pin_root).
    type: path
    default: /sys/fs/bpf/ansible
  netns:
    description:
      - As O(ebpf.xdp.xdp_pin#module:netns).
    type: str
  assume_bpffs:
    description:
      - As O(ebpf.xdp.xdp_pin#module:assume_bpffs).
    type: path
  boot_directory:
    description:
      - As O(ebpf.xdp.xdp_pin#module:boot_directory).
    type: path
    default: /var/lib/ebpf-xdp
  warn_kept:
    description:
      - As O(ebpf.xdp.xdp_pin#module:warn_kept).
    type: bool
    default: true
  executable:
    description:
      - As O(ebpf.xdp.xdp_pin#module:executable).
    type: path
    default: /usr/local/sbin/ebpf-xdp
seealso:
  - module: ebpf.xdp.xdp_pin
  - module: ebpf.xdp.xdp_stats
"""

EXAMPLES = r"""
- name: Drop packets from these networks and ports
  ebpf.xdp.xdp_filter:
    name: edge
    interfaces: [eth0]
    management_sources: [192.0.2.0/24]
    rules:
      - {name: blocklist, action: drop, source: [198.51.100.0/24, "2001:db8:bad::/48"]}
      - {name: amplifiers, action: drop, protocol: udp, source_port: [1900, 11211]}
      - {name: scraps, action: drop, fragment: true}

- name: Let in only what the host serves
  ebpf.xdp.xdp_filter:
    name: edge
    interfaces: [eth0]
    management_sources: [192.0.2.0/24]
    default_action: drop
    rules:
      - {name: services, action: pass, protocol: tcp, destination_port: [22, 80, 443]}
      - {name: echo, action: pass, icmp_type: echo-request}

- name: Count what that would drop, without dropping it
  ebpf.xdp.xdp_filter:
    name: edge
    interfaces: [eth0]
    default_action: drop
    dry_run: true
    rules:
      - {name: services, action: pass, protocol: tcp, destination_port: [22, 80, 443]}

- name: Limit how many UDP packets each source may send
  ebpf.xdp.xdp_filter:
    name: edge
    interfaces: [eth0]
    rules:
      - {name: floods, action: limit, protocol: udp, packets_per_second: 20000, burst: 40000}

- name: Put another program behind the filter, and take longer to confirm
  ebpf.xdp.xdp_filter:
    name: edge
    interfaces: [eth0]
    confirm_timeout: 60
    rules:
      - {name: scraps, action: drop, fragment: true}
    members:
      - {name: counter, src: xdp_stats.c, program: xdp_stats_pass}

- name: Remove the filter
  ebpf.xdp.xdp_filter:
    name: edge
    state: absent
"""

RETURN = r"""
how:
  description:
    - How the rules were changed. V(in_place) means that only entries of tables changed. V(switched) means that the interfaces switched to
      the new rules in one step. V(null) means that the rules did not change.
  returned: O(state=present)
  type: str
  sample: switched
rules:
  description: The rules in their order, including those that O(management_sources) adds.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the rule; V(management) for those of O(management_sources).
      type: str
      sample: blocklist
    action:
      description: The action of the rule.
      type: str
      sample: drop
    text:
      description: The conditions of the rule as text, with the first of its addresses. The map C(rules) contains it as well.
      type: str
      sample: source 198.51.100.0/24 and 2001:db8:bad::/48
untested:
  description: Tests that could not be generated from the rules, with the reason.
  returned: O(state=present)
  type: list
  elements: str
  sample: []
counts:
  description:
    - How many entries of the tables were C(added), C(updated) or C(removed), or are C(unchanged). An address in several rules is one entry.
  returned: O(state=present)
  type: dict
  sample: {added: 2, updated: 0, removed: 0, unchanged: 1000}
"""
