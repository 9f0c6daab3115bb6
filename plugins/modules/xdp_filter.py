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
  - Attaches a packet filter with the given rules to interfaces. The program comes with the collection, so you write no C, and neither
    the controller nor the host needs a compiler, unless O(members) has C sources.
  - Use it to block sources, limit floods, or let in only what a host serves. The role P(ebpf.xdp.xdp_filter#role) also keeps the filter
    across reboots.
  - The first rule that matches a packet decides what happens to it. A rule matches if all of its conditions hold. A condition with
    several values holds if the packet has one of them. Packets that no rule matches get O(default_action).
  - The filter sees packets that arrive on the interfaces, before the kernel's firewall does. It does not see what the host sends, and
    does not track connections. The only state it keeps is that of O(rules[].action=limit).
  - The filter is a pin set like those of M(ebpf.xdp.xdp_pin), with a record, trials (O(confirm_timeout)) and upgrades in one step.
    M(ebpf.xdp.xdp_stats) shows what each rule has counted. To keep the filter for the next boot, give M(ebpf.xdp.xdp_boot) the same rules
    (O(ebpf.xdp.xdp_boot#module:filter)).
  - Adding values to the conditions of rules, or removing them, usually changes tables in place. Any other change creates new tables and a
    new program that uses them, and the interfaces switch to the new rules in one step. The same happens if
    changed values need a table of another size, or another table, as the first IPv6 address does. Counters belong to the names of rules,
    and continue.
  - Before anything changes, the module runs test packets through the filter, on a private copy of its tables. For each rule, one packet
    matches it and another does not (RV(untested)).
  - The module also returns what M(ebpf.xdp.xdp_pin) returns. RV(ebpf.xdp.xdp_pin#module:contents) does not list the filter's tables.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
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
      - The diff shows the rules as text, and how many entries of each table change.
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
      - The same as O(ebpf.xdp.xdp_pin#module:state).
    type: str
    choices: [present, absent, confirmed, rolled_back]
    default: present
  rules:
    description:
      - The rules, in the order in which they are evaluated. A filter has at most 64 rules, including those that O(management_sources) adds.
      - A rule without conditions matches every packet.
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
          - V(limit) drops packets that exceed O(rules[].packets_per_second). Later rules decide about the others.
        type: str
        choices: [drop, pass, limit]
        required: true
      source:
        description:
          - The source address of the packet, as an IPv4 or IPv6 address or prefix, or a list of them.
        type: raw
      source_from:
        description:
          - Files with more values for O(rules[].source). Both options together are one condition, which holds if the address is in
            O(rules[].source) or in one of the files.
          - This is a file with addresses and prefixes, one on each line, or a list of such files. Text after a C(#) is a comment. Files are found on
            the controller in the same way as O(ansible.builtin.copy#module:src) of M(ansible.builtin.copy).
          - A file without any address is refused unless O(rules[].allow_empty=true).
        type: raw
      destination:
        description:
          - The same as O(rules[].source), for the destination address.
        type: raw
      destination_from:
        description:
          - The same as O(rules[].source_from), for the destination address.
        type: raw
      allow_empty:
        description:
          - Whether the files of O(rules[].source_from) and O(rules[].destination_from) may have no addresses. A condition without any address
            never holds.
          - Only with O(rules[].source_from) or O(rules[].destination_from).
        type: bool
        default: false
      protocol:
        description:
          - The IP protocol of the packet. This is V(tcp), V(udp), V(sctp), V(icmp), V(icmpv6), V(igmp), V(gre), V(esp) and so on, a number, or a
            list of them.
          - For IPv6, this is the protocol after the extension headers.
        type: raw
      source_port:
        description:
          - The source port of a TCP, UDP or SCTP packet. This is a port, a range such as V(5000-5100), or a list of them.
          - A fragment that does not contain the ports never matches.
        type: raw
      destination_port:
        description:
          - The same as O(rules[].source_port), for the destination port.
        type: raw
      icmp_type:
        description:
          - The ICMP type of the packet. This is a name, such as V(echo-request), a number, or a list of them.
          - A name matches both ICMP and ICMPv6, unless O(rules[].protocol) selects one of them. A number needs O(rules[].protocol).
        type: raw
      tcp_flags:
        description:
          - TCP flags that must be set or, with a leading exclamation mark, must not be set. For example, V(syn,!ack) matches packets with SYN
            and without ACK. Flags that are not named do not matter.
          - If this is a list, at least one of its elements must match.
        type: raw
      fragment:
        description:
          - V(true) matches fragments, the first one as well as later ones. V(false) matches IP packets that are not fragments. An IPv6 atomic
            fragment does not count as a fragment.
        type: bool
      malformed:
        description:
          - V(true) matches packets with invalid headers, and V(false) packets without. Headers are invalid if they have wrong lengths or
            offsets or contradictory flags, are truncated, or include more than eight IPv6 extension headers. Checksums are not verified,
            because the hardware may compute them later.
        type: bool
      source_mac:
        description:
          - The source MAC address of the frame, or a list of them.
        type: raw
      ethertype:
        description:
          - The EtherType of the frame. This is V(arp), V(ip), V(ip6), a number, or a list of them. For a frame with VLAN tags, it is the type
            after the tags.
        type: raw
      vlan:
        description:
          - The VLAN id of the outermost tag, a range of ids, V(none) for frames without a tag, or a list of them.
          - Many drivers remove the tag before the filter sees the frame. If an interface does so, the task refuses the rule and names
            the command that changes this. For a veth, the interface at its other end decides. If that end is in a network namespace that has
            neither a name nor a process on this host, the task accepts the rule with a warning.
          - Bridges, teams, macvlans, ipvlans, and bonds in generic mode get frames after the kernel has removed the tag. The task refuses
            the rule there. Attach the filter to the interfaces below them instead.
          - Rules without O(rules[].vlan) match packets of all VLANs.
        type: raw
      dry_run:
        description:
          - Whether the rule only counts what it would do. Evaluation then continues with the next rule.
        type: bool
        default: false
      packets_per_second:
        description:
          - The limit, in packets per second, from 1 to 1,000,000,000. Required with O(rules[].action=limit), and only possible with it.
        type: int
      burst:
        description:
          - How many packets may arrive at once. The default is a tenth of O(rules[].packets_per_second), but at least 1. Only with
            O(rules[].action=limit).
        type: int
      per:
        description:
          - What the limit applies to. V(source) limits each source separately. V(all) limits the sum of all packets that the rule matches.
            Only with O(rules[].action=limit).
          - Each rule has 65,536 slots for sources. Sources in the same slot share the limit.
        type: str
        choices: [source, all]
        default: source
      source_prefix_ipv4:
        description:
          - How many leading bits of an IPv4 address identify a source, from 0 to 32. Only with O(rules[].action=limit) and
            O(rules[].per=source).
        type: int
        default: 32
      source_prefix_ipv6:
        description:
          - How many leading bits of an IPv6 address identify a source, from 0 to 64. Only with O(rules[].action=limit) and
            O(rules[].per=source).
        type: int
        default: 64
  default_action:
    description:
      - What happens to packets that no rule matches.
      - "With V(drop), some packets still pass: ARP, neighbour discovery (with hop limit 255), MLD, IGMP, DHCP replies, ICMP errors, frames that
        are not IP (O(pass_other_ethertypes)), and O(replies)."
      - Malformed packets, and fragments after the first one, are not exempt in this way.
    type: str
    choices: [pass, drop]
    default: pass
  management_sources:
    description:
      - Addresses from which the host is managed. Their SSH connections pass before any of O(rules) is evaluated.
      - Each element is an address or prefix, or a dictionary with C(source) and C(ports). C(ports) is a list of TCP ports to use instead of
        O(ssh_port).
      - Other packets from these addresses are treated like any others, because anybody can forge an address.
    type: list
    elements: raw
    default: []
  ssh_port:
    description:
      - The SSH port for O(management_sources). The default is the port that the connection of this task goes to. C(ansible_port) or the
        configuration of the SSH client (C(ssh -G)) names it, or else it is 22. If C(ssh -G) fails, a warning says so.
    type: int
  replies:
    description:
      - Which packets pass as replies with O(default_action=drop). The filter does not track connections, so it does not know what the host
        has requested.
      - C(tcp) lets TCP packets with ACK or RST pass. They cannot open a connection, but they reach the kernel's network stack.
      - C(udp) is a list of up to eight source ports. UDP packets from these ports pass, whoever sends them.
      - "By default, C(tcp) is V(true) and C(udp) is V([53, 123]). A key that is left out keeps its default, so
        C({tcp: false, udp: []}) lets no replies pass."
    type: dict
  pass_other_ethertypes:
    description:
      - Whether frames that are neither IP nor ARP pass with O(default_action=drop).
    type: bool
    default: true
  dry_run:
    description:
      - Whether the filter only counts the packets that it would drop, and lets them pass.
    type: bool
    default: false
  members:
    description:
      - Programs that run after the filter, one after the other, on the packets that it passes. They have the same form as the members of
        O(ebpf.xdp.xdp_pin#module:chain). The filter is then the first member of the chain, with the name C(filter). At most 15.
    type: list
    elements: dict
    default: []
  interfaces:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:interfaces).
    type: list
    elements: str
  mode:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:mode).
    type: str
    choices: [auto, native, generic, offload]
    default: auto
  attach:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:attach).
    type: str
    choices: [auto, link, netlink]
    default: auto
  replace_foreign:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:replace_foreign).
    type: bool
    default: false
  replace_sets:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:replace_sets).
    type: list
    elements: str
    default: []
  on_map_change:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:on_map_change), for the maps of O(members). The filter's own maps are always created anew when
        they do not fit, because the rules declare their entries. Limits then start again.
    type: str
    choices: [fail, recreate, migrate]
    default: fail
  confirm_timeout:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:confirm_timeout). Rules that cut the controller off are rolled back after this many seconds.
      - Changes in place are tested before they are made, but are not on trial. With V(0), there is no trial.
      - A task with C(async) cannot put a change on trial, so set V(0) there.
    type: int
    default: 30
  confirm:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:confirm).
    type: bool
    default: true
  confirm_strict:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:confirm_strict).
    type: bool
    default: false
  gate:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:gate).
    type: dict
  tests:
    description:
      - Your own tests, in addition to those generated from the rules. They have the same form as O(ebpf.xdp.xdp_pin#module:tests). All
        tests run on the same copy of the tables.
    type: list
    elements: dict
    default: []
  ssh_test:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:ssh_test).
    type: bool
    default: true
  pin_root:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:pin_root).
    type: path
    default: /sys/fs/bpf/ansible
  netns:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:netns).
    type: str
  assume_bpffs:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:assume_bpffs).
    type: path
  boot_directory:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:boot_directory).
    type: path
    default: /var/lib/ebpf-xdp
  warn_kept:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:warn_kept).
    type: bool
    default: true
  executable:
    description:
      - The same as O(ebpf.xdp.xdp_pin#module:executable).
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

- name: Count the packets that this would drop, without dropping them
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

- name: Run another program after the filter, and allow more time to confirm
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
    - How the rules changed or, in check mode, would change.
    - V(in_place) if only entries of tables changed. V(switched) if a program was loaded, and the interfaces switched to it in one step.
    - V(null) if neither was necessary.
  returned: O(state=present)
  type: str
  sample: switched
rules:
  description: The rules in their order. Those that O(management_sources) adds come first.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the rule; V(management) for a rule that O(management_sources) adds.
      type: str
      sample: blocklist
    action:
      description: The action of the rule, V(drop), V(pass) or V(limit).
      type: str
      sample: drop
    text:
      description:
        - The conditions of the rule as text, and the rate of a limit. Of a long list, only the first values are named. The map C(rules)
          contains this text as well.
      type: str
      sample: source 198.51.100.0/24 and 2001:db8:bad::/48
untested:
  description: The tests that could not be generated from the rules, or that O(members) rule out, with the reason.
  returned: O(state=present)
  type: list
  elements: str
  sample: []
counts:
  description:
    - How many entries of the filter's tables were C(added), C(updated), C(removed) or C(unchanged). In check mode, how many would be.
    - An address that several rules name is one entry.
  returned: O(state=present)
  type: dict
  sample: {added: 2, updated: 0, removed: 0, unchanged: 1000}
"""
