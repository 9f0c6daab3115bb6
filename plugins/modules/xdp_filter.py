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
  - Makes sure that interfaces run a packet filter with these rules. The program comes with the collection, so neither the controller nor the
    host needs a compiler, and nothing has to be written in C.
  - Rules are looked at in their order, and the first one that matches a packet decides. Conditions of a rule must all hold; of several
    values of a condition one has to. What no rule matches gets O(default_action).
  - "It sees what arrives on the interfaces, before the kernel's firewall, and nothing else: not what the host sends, and no connections. It
    keeps no state but that of O(rules[].action=limit)."
  - The filter is a pin set like that of M(ebpf.xdp.xdp_pin), with its record, its trial (O(confirm_timeout)), its upgrade in one switch, and
    M(ebpf.xdp.xdp_stats) shows what each rule has counted. M(ebpf.xdp.xdp_boot) keeps it with O(ebpf.xdp.xdp_boot#module:filter), as the role
    P(ebpf.xdp.xdp_filter#role) does.
  - Addresses and other values that are added to lists of rules, or removed, change tables in place. Any other change makes new tables and a
    new program over them, and the interfaces switch from the old rules to the new ones in one step. Counters belong to the names of rules and go on.
  - "Before anything is changed, packets made of the rules are run through the filter on a private copy of its tables: for each
    rule, one that it matches and
    one that it does not."
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
      - The controller reads the rules and makes tables of them. The host runs M(ebpf.xdp.xdp_pin).
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The diff shows rules in words, and how many entries of the tables change.
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
      - The rules, in the order in which they are looked at. There can be 64, those that O(management_sources) makes included.
      - A rule without any condition matches every packet.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - What results, statistics and metrics call the rule, 1 to 63 letters, digits, underscores, hyphens and dots. Each has a name of its own.
          - V(default), V(essential), V(replies) and V(management) are taken.
        type: str
        required: true
      action:
        description:
          - V(drop) and V(pass) decide.
          - V(limit) drops what is over O(rules[].packets_per_second). About packets below that, later rules decide.
        type: str
        choices: [drop, pass, limit]
        required: true
      source:
        description:
          - IPv4 and IPv6 addresses and prefixes that the packet comes from, one or a list.
        type: raw
      source_from:
        description:
          - A file with such, one a line, or a list of files. What follows a C(#) is a comment. Found on the controller as M(ansible.builtin.copy)
            finds its O(ansible.builtin.copy#module:src).
          - An empty file is refused unless O(rules[].allow_empty=true).
        type: raw
      destination:
        description:
          - As O(rules[].source), for where the packet goes to.
        type: raw
      destination_from:
        description:
          - As O(rules[].source_from), for where the packet goes to.
        type: raw
      allow_empty:
        description:
          - Whether O(rules[].source_from) and O(rules[].destination_from) may be empty. Such a condition never holds.
        type: bool
        default: false
      protocol:
        description:
          - V(tcp), V(udp), V(sctp), V(icmp), V(icmpv6), V(igmp), V(gre), V(esp) and so on, or a number, or a list of them.
          - Over IPv6 it is what follows the extension headers.
        type: raw
      source_port:
        description:
          - A port, a range such as V(5000-5100), or a list. For TCP, UDP and SCTP.
          - Never matches a fragment without the whole header that ports are in.
        type: raw
      destination_port:
        description:
          - As O(rules[].source_port), for where the packet goes to.
        type: raw
      icmp_type:
        description:
          - A type by name, such as V(echo-request), or a list. A name means ICMP and ICMPv6, unless O(rules[].protocol) says which.
          - A number needs O(rules[].protocol).
        type: raw
      tcp_flags:
        description:
          - Flags that are set, and those that are not with an exclamation mark before them, such as V(syn,!ack). A list means that one of them holds.
        type: raw
      fragment:
        description:
          - Whether the packet is a fragment, the first one or a later one. An atomic fragment of IPv6 is none.
        type: bool
      malformed:
        description:
          - Whether something about the packet's headers is wrong, namely lengths, offsets, flags that do not go together, a header that is cut off, or
            more than eight IPv6 extension headers. Checksums are not looked at, as the hardware may compute them later.
        type: bool
      source_mac:
        description:
          - MAC addresses that the frame comes from.
        type: raw
      ethertype:
        description:
          - V(arp), V(ip), V(ip6), a number, or a list of them. Of a frame with VLAN tags, what is after these.
        type: raw
      vlan:
        description:
          - VLAN ids of the outermost tag, ranges of them, or V(none) for frames without a tag.
          - Many drivers take the tag away before the filter sees the frame. The task refuses such a rule on an interface that says so, and
            names the command that changes it. Of a veth, the other end decides, and nothing is checked where that is in a network namespace
            that cannot be found from this one. Rules without O(rules[].vlan) match packets of all VLANs.
        type: raw
      dry_run:
        description:
          - Count what the rule would do, and go on with the next rule.
        type: bool
        default: false
      packets_per_second:
        description:
          - The limit of O(rules[].action=limit), which needs it.
        type: int
      burst:
        description:
          - How many packets may come at once. By default a tenth of O(rules[].packets_per_second), at least one.
        type: int
      per:
        description:
          - What the limit is of. V(source) gives each source its own, V(all) is one for all that the rule matches.
          - There are 65,536 places for sources. Sources that share one share the limit.
        type: str
        choices: [source, all]
        default: source
      source_prefix_ipv4:
        description:
          - How many bits of an IPv4 address make a source.
        type: int
        default: 32
      source_prefix_ipv6:
        description:
          - How many bits of an IPv6 address make a source, at most 64.
        type: int
        default: 64
  default_action:
    description:
      - What happens to packets that no rule matches.
      - "With V(drop), some pass nevertheless: ARP, neighbour discovery (with hop limit 255), MLD, IGMP, answers of DHCP, ICMP errors, frames that
        are not IP (O(pass_other_ethertypes)), and O(replies)."
    type: str
    choices: [pass, drop]
    default: pass
  management_sources:
    description:
      - Where the host is managed from. Their connections to SSH are let through before any rule is looked at.
      - Each element is an address or prefix, or a dictionary with C(source) and C(ports), the TCP ports that are meant instead. Not
        all their packets, as whoever
        forges such an address would get everything through.
    type: list
    elements: raw
    default: []
  ssh_port:
    description:
      - The port of O(management_sources). By default that which this task's connection goes to.
    type: int
  replies:
    description:
      - What passes as an answer with O(default_action=drop). The filter keeps no state, so it cannot know what the host has asked for.
      - "C(tcp) lets TCP packets with ACK or RST through: no connection can be opened by them, but they reach the kernel's stack. C(udp) is a list of up
        to eight source ports: whoever sends from one of them gets through."
      - "The default is C({tcp: true, udp: [53, 123]})."
    type: dict
  pass_other_ethertypes:
    description:
      - Whether frames that are neither IP nor ARP pass with O(default_action=drop).
    type: bool
    default: true
  dry_run:
    description:
      - Count what would be dropped, and pass it.
    type: bool
    default: false
  members:
    description:
      - Programs that get the packets that pass the filter, one after the other, as O(ebpf.xdp.xdp_pin#module:chain) takes them. The
        filter is the first member of the
        chain then, called C(filter).
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
      - As O(ebpf.xdp.xdp_pin#module:confirm_timeout). Rules that cut the controller off go away by themselves after this many seconds.
      - What changes in place is not on trial, but tested before. V(0) means no trial.
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
      - Tests of your own beside those that are made of the rules, as O(ebpf.xdp.xdp_pin#module:tests) takes them. All run on one copy of the tables.
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
- name: Drop what comes from these
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

- name: See first what that would drop
  ebpf.xdp.xdp_filter:
    name: edge
    interfaces: [eth0]
    default_action: drop
    dry_run: true
    rules:
      - {name: services, action: pass, protocol: tcp, destination_port: [22, 80, 443]}

- name: No source may send more than that
  ebpf.xdp.xdp_filter:
    name: edge
    interfaces: [eth0]
    rules:
      - {name: floods, action: limit, protocol: udp, packets_per_second: 20000, burst: 40000}

- name: Take it away
  ebpf.xdp.xdp_filter:
    name: edge
    state: absent
"""

RETURN = r"""
how:
  description:
    - How the rules were changed. V(in_place) means that only entries of lists changed, V(switched) that the interfaces went from the old rules to the new
      ones in one step. V(null) when nothing was changed about them.
  returned: O(state=present)
  type: str
  sample: switched
rules:
  description: The rules in their order, those that O(management_sources) makes included.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The rule's name; V(management) for those of O(management_sources).
      type: str
      sample: blocklist
    action:
      description: What it does.
      type: str
      sample: drop
    text:
      description: The rule's conditions in words, with the first of its addresses. This is also in the map C(rules), for others to read.
      type: str
      sample: source 198.51.100.0/24 and 2001:db8:bad::/48
untested:
  description: Which tests were not made of the rules, and why.
  returned: O(state=present)
  type: list
  elements: str
  sample: []
entries:
  description: How many entries of the tables were C(added), C(updated), C(removed), or are C(unchanged). An address in several rules is one entry.
  returned: O(state=present)
  type: dict
  sample: {added: 2, updated: 0, removed: 0, unchanged: 1000}
"""
