#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_host_info
short_description: Find out what a host and its interfaces support for XDP
version_added: 0.1.0
description:
  - Returns what the kernel supports, whether the BPF file system is mounted, and which libraries are installed. For each interface, it
    returns whether the driver runs XDP programs natively, up to which MTU, and which programs are attached already.
  - Use it before you attach anything, to choose hosts, modes and programs.
  - The module asks the kernel instead of relying on its version, because distributions backport features.
  - Changes nothing. Whatever the host lacks is reported, and is not an error. This includes an old kernel, and one that refuses bpf(2).
  - This module is not in the action group C(ebpf.xdp.xdp). If you set O(pin_root) or O(netns) for that group, set it here as well.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.info
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
requirements:
  - root, or the capabilities CAP_SYS_ADMIN and CAP_NET_ADMIN
options:
  interfaces:
    description:
      - The interfaces to examine, by name or altname. RV(missing) lists the names that the host does not have.
      - The default is all interfaces of the network namespace.
    type: list
    elements: str
  pin_root:
    description:
      - The directory of pin sets. Here it is used to find the owners of attached programs, and for RV(bpffs). It need not exist.
seealso:
  - module: ebpf.xdp.xdp_pinned_info
  - module: ebpf.xdp.xdp_pin
"""

EXAMPLES = r"""
- name: Find out what this host supports
  ebpf.xdp.xdp_host_info:
  register: host

- name: Show it
  ansible.builtin.debug:
    var: host.report

- name: Look at two interfaces
  ebpf.xdp.xdp_host_info:
    interfaces: [eth0, eth1]
  register: host

- name: Fail where a program without frags cannot run in native mode
  ansible.builtin.assert:
    that: item.native_obstacle is none
    fail_msg: "{{ item.interface }}: {{ item.native_obstacle }}"
  loop: "{{ host.interfaces }}"
  loop_control:
    label: "{{ item.interface }}"
"""

RETURN = r"""
kernel:
  description: The kernel, and what it supports.
  returned: success
  type: dict
  contains:
    release:
      description: The release, as C(uname -r) prints it.
      type: str
      sample: 6.1.0-13-amd64
    version:
      description: The version, which is the number at the beginning of the release.
      type: str
      sample: 6.1.0
    supported:
      description: Whether the kernel is new enough for this collection, that is, Linux 5.10 or later.
      type: bool
      sample: true
    bpf:
      description: Whether this process may use the system call bpf(2). Most other modules do not work without it.
      type: bool
      sample: true
    bpf_refused:
      description:
        - Why the process may not use bpf(2), with the likely cause, such as a user namespace or a seccomp filter of a container.
        - V(null) if RV(kernel.bpf) is V(true).
      type: str
      sample: null
    btf:
      description: Whether the kernel describes its own types in C(/sys/kernel/btf/vmlinux).
      type: bool
      sample: true
    xdp_link:
      description:
        - Whether programs can be attached with a C(bpf_link). Linux has supported this since 5.9.
        - Detected by the type C(bpf_xdp_link) in the kernel's BTF or, in a kernel without BTF, by the version.
      type: bool
      sample: true
    xdp_frags:
      description:
        - Whether programs can process packets that span several buffers (C(BPF_F_XDP_HAS_FRAGS)). Linux has supported this since 5.18.
        - Detected by the member C(xdp_has_frags) of C(bpf_prog_aux) in the kernel's BTF or, in a kernel without BTF, by the version.
      type: bool
      sample: true
    driver_features:
      description:
        - Whether the kernel reports the features of drivers, through the generic netlink family C(netdev). Linux has supported this since
          6.3.
      type: bool
      sample: false
bpffs:
  description: The BPF file system that contains O(pin_root).
  returned: success
  type: dict
  contains:
    path:
      description: Where the BPF file system is mounted; V(null) if O(pin_root) is not in one.
      type: str
      sample: /sys/fs/bpf
    mounted:
      description: Whether O(pin_root) is in a BPF file system.
      type: bool
      sample: true
libraries:
  description: The libraries and tools that the modules of this collection would find and use.
  returned: success
  type: dict
  contains:
    bcc:
      description: The path of the Python interpreter that has bcc, to compile sources for bcc; V(null) if none has it.
      type: str
      sample: /usr/bin/python3
    pyroute2:
      description: The path of the Python interpreter that has pyroute2, to attach programs over netlink; V(null) if none has it.
      type: str
      sample: /usr/bin/python3
    headers:
      description: Whether the headers of the kernel's user API are installed, to compile sources.
      type: bool
      sample: true
    clang:
      description: The path of clang, to compile sources in libbpf's style; V(null) if it is not installed.
      type: str
      sample: /usr/bin/clang
    libbpf_headers:
      description: Whether libbpf's headers (C(bpf/bpf_helpers.h)) are installed, which sources in libbpf's style include.
      type: bool
      sample: true
    bpftool:
      description: The path of bpftool, to generate the C(vmlinux.h) that a source in libbpf's style may include; V(null) if it is not installed.
      type: str
      sample: /usr/sbin/bpftool
interfaces:
  description: The interfaces, sorted by index.
  returned: success
  type: list
  elements: dict
  contains:
    interface:
      description: The name of the interface.
      type: str
      sample: eth0
    altnames:
      description: The alternative names of the interface (C(ip link property add dev NAME altname OTHER)).
      type: list
      elements: str
      sample: [enp1s0]
    ifindex:
      description: The index of the interface.
      type: int
      sample: 2
    driver:
      description: The driver, as C(ethtool -i) prints it; V(null) if there is none, as for C(lo).
      type: str
      sample: virtio_net
    mtu:
      description: The current MTU in bytes.
      type: int
      sample: 1500
    peer_mtu:
      description:
        - The MTU of the other end of a C(veth), which may be in another network namespace. This is the MTU that C(veth) compares with its
          limit.
        - V(null) for other drivers, and if the task may not enter that namespace.
      type: int
      sample: 1500
    mtu_limit:
      description:
        - The largest MTU with which a program without frags can be attached in native mode.
        - It is the size of a page (4096 bytes on most hosts) minus 256 bytes of headroom, 320 bytes for the kernel's C(struct
          skb_shared_info) and 14 bytes for the Ethernet header. The 320 bytes are those of 64-bit kernels with the usual
          C(CONFIG_MAX_SKB_FRAGS) of 17. A kernel that was built with more frags uses more of the page.
        - RV(interfaces[].mtu_limit_source) says whether the limit is exact or an estimate.
        - V(null) if the driver reports that it does not run programs at all.
      type: int
      sample: 3506
    mtu_limit_source:
      description:
        - V(driver) if the driver is known to compute its limit in this way, and to refuse a larger MTU. This applies to C(veth), which
          compares the MTU of its peer, and to C(virtio_net) from Linux 6.3 on.
        - V(page) if the limit is an estimate. It is what fits into one page. Many drivers have smaller buffers and a smaller limit, which
          the kernel does not report before it refuses a program. A few drivers allow more.
        - V(null) if RV(interfaces[].mtu_limit) is V(null).
      type: str
      sample: driver
    native:
      description:
        - Whether the driver reports that it runs XDP programs in native mode. V(null) if the kernel cannot report this (before Linux 6.3).
        - The driver may still refuse a program because of the settings of the interface, such as too few queues, or an offload that cannot
          be combined with XDP.
      type: bool
      sample: true
    native_obstacle:
      description:
        - Why a program without frags cannot currently be attached in native mode; V(null) if nothing is known to prevent it.
        - M(ebpf.xdp.xdp_pin) decides by the same information, both in check mode and in real runs.
      type: str
      sample: the MTU of its peer is 9000, and veth runs programs without frags up to an MTU of 3506
    frags:
      description: Whether the driver reports that it passes packets that span several buffers to programs; V(null) before Linux 6.3.
      type: bool
      sample: true
    offload:
      description: Whether the driver reports that the network card itself can run programs; V(null) before Linux 6.3.
      type: bool
      sample: false
    features:
      description:
        - All features that the driver reports, with the names of C(NETDEV_XDP_ACT_*) in C(include/uapi/linux/netdev.h). These are V(basic),
          V(redirect), V(ndo_xmit), V(xsk_zerocopy), V(hw_offload), V(rx_sg) and V(ndo_xmit_sg).
        - Also empty if the kernel cannot report features (before Linux 6.3).
        - Features of later kernels have names such as V(bit_7).
        - Some drivers report more features once a program is attached. For example, C(veth) and C(virtio_net) then add V(ndo_xmit).
      type: list
      elements: str
      sample: [basic, redirect, rx_sg]
    metadata:
      description:
        - The packet metadata that the driver offers to programs through the functions C(bpf_xdp_metadata_rx_*), according to its own
          report. These are V(timestamp), V(hash) and V(vlan_tag).
        - V(null) if the kernel cannot report this (before Linux 6.7).
        - A program that calls these functions is loaded once for each interface. It is refused for an interface for which this list is
          empty.
      type: list
      elements: str
      sample: [timestamp, hash, vlan_tag]
    rx_vlan_offload:
      description:
        - Whether the VLAN tag is removed from a frame before a program sees the frame, as C(ethtool -k) prints it. V(null) if this is not
          known.
        - C(ethtool -K INTERFACE rxvlan off) leaves the tag in the frame.
        - This value means nothing for a C(veth). There, the tag is missing from the frame if the other end has C(txvlan on).
        - It means nothing for a bond or team either, because their ports remove tags. Turn C(rxvlan) off on the ports.
      type: bool
      sample: false
    attached:
      description:
        - The XDP programs that the interface runs, at most one for each mode.
        - If RV(kernel.bpf) is V(false), only RV(interfaces[].attached[].mode) and RV(interfaces[].attached[].program_id) are known. All
          other values are V(null).
      type: list
      elements: dict
      contains:
        mode:
          description: The mode in which the program runs, V(native), V(generic) or V(offload).
          type: str
          sample: native
        method:
          description: How the program is attached, V(link) or V(netlink).
          type: str
          sample: link
        program_id:
          description: The id of the program in the kernel.
          type: int
          sample: 42
        program_name:
          description: The name of the program in the kernel, which has at most 15 characters. V(null) if the program has gone meanwhile.
          type: str
          sample: xdp_stats_pass
        owner:
          description: The pin set below O(pin_root) that owns the program; V(null) for a foreign program.
          type: str
          sample: edge
        dispatcher:
          description: Whether the program is libxdp's dispatcher, which calls other programs.
          type: bool
          sample: false
missing:
  description: The names in O(interfaces) that the host does not have.
  returned: success
  type: list
  elements: str
  sample: []
report:
  description:
    - The most important values as text, one string for each line. A limit with C(<=) is an estimate.
  returned: success
  type: list
  elements: str
  sample:
    - 'kernel     6.18.0: bpf_link yes, frags yes, driver features yes, BTF yes'
    - 'bpffs      /sys/fs/bpf'
    - 'libraries  bcc yes, pyroute2 no, headers yes'
    - 'clang      clang yes, libbpf_headers yes, bpftool no'
    - 'interface  driver       mtu   limit  native  frags  attached'
    - 'lo         -          65536       -  no      no     -'
    - 'eth0       veth        1500    3506  yes     yes    native by link, xdp_stats_pass id 42, of edge'
"""

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._module import PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter
from ansible_collections.ebpf.xdp.plugins.module_utils._network import interface_names
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight.host import preflight


def _work(module: XdpModule) -> "dict[str, Any]":
    host.require_privileges()
    enter(module.params)
    result = preflight(module.params["pin_root"], module.params["interfaces"])
    for name in result["missing"]:
        why = interface_names.doubt(name)
        if why:
            module.warn(f"There is no interface {name!r} on this host. {why}")
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "interfaces": {"type": "list", "elements": "str"},
            "pin_root": PIN_ROOT,
            "netns": NETNS,
        },
        supports_check_mode=True,
    )
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
