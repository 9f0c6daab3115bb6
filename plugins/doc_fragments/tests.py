# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What the program should do with which packets.
    DOCUMENTATION = r"""
options:
  tests:
    description:
      - Test packets, and what the program should do with each of them.
      - The kernel runs the program on a private copy of its maps. No packet is sent, no counter in the real maps changes, and nothing is
        pinned or attached. Each test gets a new copy, so no test depends on another. Only M(ebpf.xdp.xdp_pin) runs all tests of a
        filter, or of a chain with a filter, on one copy.
      - The maps of the copy contain what O(contents) declares, together with the entries of the set's pinned maps. If a map has more
        than 100,000 entries to copy, the task fails. With C(exclusive), they contain only the declared entries. Variables have their initial
        values.
      - A hash map, LRU hash map or LPM trie in the copy is only as large as its entries and the test's packets need. The arrays in the copy
        may take 256 MiB in total.
      - A redirect to an C(xskmap) cannot succeed in a test, because its sockets cannot be copied.
    type: list
    elements: dict
    default: []
    version_added: 0.1.0
    suboptions:
      name:
        description:
          - The name of the test in messages and results. Names must be unique.
          - The default is C(test 1), C(test 2) and so on.
        type: str
      packet:
        description:
          - The headers of the packet, as a dictionary with any of C(eth), C(vlan), C(arp), C(ip), C(ip6), C(tcp), C(udp), C(icmp) and
            C(payload). Lengths, types and checksums are filled in. Every field has a default, except C(dport), the C(id) of C(vlan), and the
            C(type) of C(eth) in a packet without C(arp), C(ip) and C(ip6).
          - A packet has at most one of C(arp), C(ip) and C(ip6), and at most one of C(tcp), C(udp) and C(icmp), which need C(ip) or C(ip6).
          - Each test has exactly one of O(tests[].packet), O(tests[].hex) and O(tests[].pcap).
          - C(eth) has C(src), C(dst), and C(type) for packets that are neither IP nor ARP.
          - C(vlan) has C(id), C(priority), C(dei) and C(protocol) (C(802.1q) or C(802.1ad)). A list means several tags, the outermost
            first.
          - C(arp) has C(op) (C(request) or C(reply)), C(sender_mac), C(sender_ip), C(target_mac) and C(target_ip).
          - C(ip) has C(src), C(dst), C(ttl), C(tos), C(id), C(flags) (a list of C(df) and C(mf)), C(fragment_offset) in bytes,
            C(options) in hexadecimal digits, C(protocol), C(length) and C(checksum).
          - C(ip6) has C(src), C(dst), C(hop_limit), C(traffic_class), C(flow_label), C(next_header) and C(length).
          - C(tcp) has C(sport), C(dport), C(flags) by their letters (C(S) is the default, C(SA), C(R) and so on), C(seq), C(ack),
            C(window), C(urgent), C(options) in hexadecimal digits, and C(checksum).
          - C(udp) has C(sport), C(dport), C(length) and C(checksum).
          - C(icmp) is ICMP after C(ip), and ICMPv6 after C(ip6). It has C(type) and C(code), C(id) and C(seq) for an echo (C(type) is
            C(echo_request) by default), C(rest) for the four bytes after the checksum of other types, and C(checksum).
          - C(payload) is the data after the headers. It is a string, or a dictionary with C(hex) for hexadecimal digits or C(size) for this
            many zero bytes.
          - A field that is given is used as it is, so you can test wrong lengths and checksums.
        type: dict
      hex:
        description:
          - The packet in hexadecimal digits, beginning with its Ethernet header, instead of O(tests[].packet).
          - Spaces, line breaks and colons between bytes are allowed.
        type: str
      pcap:
        description:
          - A capture file in the format pcap or pcapng, as tcpdump and Wireshark write it. One of its frames is the packet.
          - It is found on the controller in the same way as O(ansible.builtin.copy#module:src) of M(ansible.builtin.copy). Only the frame
            is sent to the host.
          - The file may have up to 64 MiB. The frame must be a complete Ethernet frame, which tcpdump does not write with C(-i any).
        type: path
      frame:
        description:
          - The number of the frame in O(tests[].pcap), as Wireshark counts. The first one is 1. Only with O(tests[].pcap).
        type: int
        default: 1
      verdict:
        description:
          - What the program should return.
          - A return value that is not a verdict matches none of these. The kernel treats it as V(aborted).
        type: str
        choices: [aborted, drop, pass, tx, redirect]
        required: true
      out:
        description:
          - The packet as the program should leave it, byte for byte. By default, the resulting packet is not compared with anything.
          - This is not possible with V(drop) and V(aborted).
        type: dict
        suboptions:
          packet:
            description: As O(tests[].packet).
            type: dict
          hex:
            description: As O(tests[].hex).
            type: str
          pcap:
            description: As O(tests[].pcap).
            type: path
          frame:
            description: As O(tests[].frame).
            type: int
            default: 1
      interface:
        description:
          - The interface of the host on which the packet appears to arrive (C(ingress_ifindex)), by name or altname.
          - The default is the loopback interface. Any other one needs Linux 5.15.
        type: str
      queue:
        description:
          - The queue of O(tests[].interface) on which the packet appears to arrive (C(rx_queue_index)). The default is 0. Only with
            O(tests[].interface).
        type: int
      metadata:
        description:
          - Bytes before the packet (C(data_meta)), in hexadecimal digits. Their number is a multiple of 4, and at most 252, or 32
            on older kernels.
          - This needs Linux 5.15.
        type: str
      count:
        description:
          - How many times the program gets the same packet, with the same maps. At most 100,000. Use it to test rate limits.
          - RV(tests[].verdict) is the verdict for the last packet.
        type: int
        default: 1
      xdp_internal:
        description:
          - For internal use. Only the collection sets it. A task that sets it fails.
        type: dict
  ssh_test:
    description:
      - Whether to test that new SSH connections still get through, if the task itself runs over SSH. The packet is a TCP SYN from the
        address of the SSH client to the port of sshd. Both come from C(SSH_CONNECTION) of a parent process.
      - The test runs on those O(interfaces) that are the device of the route to that address or have the address of sshd, or that lie
        below such a device, such as the ports of a bridge or bond. The packet has the VLAN tags that it would have there.
      - If the program drops or aborts the packet, the run fails. If the program answers or redirects the packet, the run continues with a
        warning, because there may be good reasons for that, such as SYN cookies. If the test cannot run, the run continues with a warning.
      - Nothing is tested without an SSH connection, or on other interfaces. M(ebpf.xdp.xdp_pin) does not test a program again that is
        loaded already, even if it is attached to more interfaces, unless its O(contents) change. M(ebpf.xdp.xdp_test) always tests it.
    type: bool
    default: true
    version_added: 0.1.0
"""
