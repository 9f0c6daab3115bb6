#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_host_info
short_description: Find out what a host and its interfaces support for XDP
version_added: 0.1.0
description:
  - Returns what the kernel supports, whether the BPF file system is mounted, and which libraries are installed. For each interface it
    returns whether its driver runs XDP programs natively, up to which MTU, and which program is attached already.
  - Use it before you attach anything, to choose hosts, modes and programs.
  - The module asks the kernel rather than going by its version, because distributions backport features.
  - Changes nothing. Nothing that is missing is an error, nor is an old kernel, or one that refuses bpf(2).
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.info
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
options:
  interfaces:
    description:
      - The interfaces to look at, by name or altname. Names that the host does not have are in RV(missing).
      - The default is all interfaces of the network namespace.
    type: list
    elements: str
  pin_root:
    description:
      - The directory of pin sets. Here it is used only to find the owners of attached programs. It need not exist.
seealso:
  - module: ebpf.xdp.xdp_pinned_info
  - module: ebpf.xdp.xdp_pin
"""

EXAMPLES = r"""
- name: What can this host do
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
  description: The kernel and what it supports.
  returned: success
  type: dict
  contains:
    release:
      description: The release, as C(uname -r) tells it.
      type: str
      sample: 6.1.0-13-amd64
    version:
      description: The numbers that the release begins with.
      type: str
      sample: 6.1.0
    supported:
      description: Whether it is new enough for this collection, which is Linux 5.10.
      type: bool
      sample: true
    bpf:
      description: Whether this process may use the system call bpf(2), without which no other module can do anything.
      type: bool
      sample: true
    bpf_refused:
      description:
        - Why it may not, as far as the process can tell, such as a user namespace or a seccomp filter of a container.
        - V(null) when it may.
      type: str
      sample: null
    btf:
      description: Whether it describes its own types in C(/sys/kernel/btf/vmlinux).
      type: bool
      sample: true
    xdp_link:
      description:
        - Whether programs can be attached by C(bpf_link), as Linux can since 5.9.
        - Found by the type C(bpf_xdp_link) in the kernel's BTF; by the version in a kernel without BTF.
      type: bool
      sample: true
    xdp_frags:
      description:
        - Whether programs can take packets in more than one buffer (C(BPF_F_XDP_HAS_FRAGS)), as Linux can since 5.18.
        - Found by the member C(xdp_has_frags) of C(bpf_prog_aux) in the kernel's BTF; by the version in a kernel without BTF.
      type: bool
      sample: true
    driver_features:
      description: Whether it tells what drivers can do, through the generic netlink family C(netdev), as Linux does since 6.3.
      type: bool
      sample: false
bpffs:
  description: The BPF file system that O(pin_root) is in.
  returned: success
  type: dict
  contains:
    path:
      description: Where it is mounted; V(null) when O(pin_root) is in none.
      type: str
      sample: /sys/fs/bpf
    mounted:
      description: Whether there is one.
      type: bool
      sample: true
libraries:
  description: What the modules would find when they need it.
  returned: success
  type: dict
  contains:
    bcc:
      description: The Python interpreter that has bcc, to compile sources; V(null) when none has.
      type: str
      sample: /usr/bin/python3
    pyroute2:
      description: The Python interpreter that has pyroute2, to attach over netlink; V(null) when none has.
      type: str
      sample: /usr/bin/python3
    headers:
      description: Whether the headers of the kernel's user API are there, to compile sources.
      type: bool
      sample: true
    clang:
      description: The path of clang, to compile sources in libbpf's style; V(null) when it is not there.
      type: str
      sample: /usr/bin/clang
    libbpf_headers:
      description: Whether libbpf's headers (C(bpf/bpf_helpers.h)) are there, which such sources include.
      type: bool
      sample: true
    bpftool:
      description: The path of bpftool, to make the C(vmlinux.h) that such a source may include; V(null) when it is not there.
      type: str
      sample: /usr/sbin/bpftool
interfaces:
  description: The interfaces, in the order of their indexes.
  returned: success
  type: list
  elements: dict
  contains:
    interface:
      description: Its name.
      type: str
      sample: eth0
    altnames:
      description: Its other names (C(ip link property add dev NAME altname OTHER)).
      type: list
      elements: str
      sample: [enp1s0]
    ifindex:
      description: Its index.
      type: int
      sample: 2
    driver:
      description: The driver, as C(ethtool -i) tells it; V(null) where there is none, as of C(lo).
      type: str
      sample: virtio_net
    mtu:
      description: The MTU that it has now.
      type: int
      sample: 1500
    peer_mtu:
      description:
        - The MTU at the other end of a C(veth), in whichever network namespace that is. C(veth) compares this one with its limit.
        - V(null) for other drivers, and where the task may not look into that namespace.
      type: int
      sample: 1500
    mtu_limit:
      description:
        - The largest MTU with which a native program without frags can be attached.
        - It is what is left of a page (4096 bytes on most hosts) without 256 bytes of headroom, 320 bytes of the kernel's
          C(struct skb_shared_info) and 14 bytes of Ethernet header. The 320 bytes are those of 64-bit kernels with the usual
          C(CONFIG_MAX_SKB_FRAGS) of 17; one that was built with more leaves less.
        - RV(interfaces[].mtu_limit_source) tells what it is worth.
        - V(null) when the driver says that it does not run programs at all.
      type: int
      sample: 3506
    mtu_limit_source:
      description:
        - V(driver) when the driver is known to draw the line by this sum, and refuses a larger MTU. These are C(veth), which
          compares the MTU of its peer, and C(virtio_net) from Linux 6.3 on.
        - V(page) when it is an upper bound. Many drivers have smaller buffers and a smaller limit, which the kernel tells nobody
          before it refuses; a few allow more.
        - V(null) where RV(interfaces[].mtu_limit) is.
      type: str
      sample: driver
    native:
      description:
        - Whether the driver says that it runs XDP programs; V(null) where the kernel cannot tell, before Linux 6.3.
        - It may still refuse one for the interface's settings, such as too few queues or an offload that is in the way.
      type: bool
      sample: true
    native_obstacle:
      description:
        - Why a program without frags cannot be attached in native mode now; V(null) when nothing is known to prevent it.
        - M(ebpf.xdp.xdp_pin) decides by the same knowledge, in check mode and really.
      type: str
      sample: the MTU of its peer is 9000, and veth runs programs without frags up to an MTU of 3506
    frags:
      description: Whether the driver says that it hands programs packets in more than one buffer; V(null) as before.
      type: bool
      sample: true
    offload:
      description: Whether the driver says that the network card runs programs itself; V(null) as before.
      type: bool
      sample: false
    features:
      description:
        - All that the driver says, by the names C(NETDEV_XDP_ACT_*) of C(include/uapi/linux/netdev.h), which are V(basic),
          V(redirect), V(ndo_xmit), V(xsk_zerocopy), V(hw_offload), V(rx_sg) and V(ndo_xmit_sg).
        - What later kernels add has a name such as V(bit_7).
        - Some drivers say more once a program is attached. Of C(veth) and C(virtio_net) V(ndo_xmit) is such a feature.
      type: list
      elements: str
      sample: [basic, redirect, rx_sg]
    metadata:
      description:
        - The packet metadata that the driver says it offers to programs, namely V(timestamp), V(hash) and V(vlan_tag), for the functions
          C(bpf_xdp_metadata_rx_*). V(null) where the kernel cannot tell, before Linux 6.7.
        - A program that uses them is loaded for each interface, and refused where this list is empty.
      type: list
      elements: str
      sample: [timestamp, hash, vlan_tag]
    rx_vlan_offload:
      description:
        - Whether the VLAN tag is taken from a frame before a program sees it, as C(ethtool -k) tells it; V(null) where it is not known.
        - C(ethtool -K INTERFACE rxvlan off) leaves it in the frame. Of a C(veth) this says nothing. There the tag is missing from the frame
          where the other end has C(txvlan on).
      type: bool
      sample: false
    attached:
      description:
        - The XDP programs that it runs, one for each mode.
        - Where RV(kernel.bpf) is V(false), RV(interfaces[].attached[].mode) and RV(interfaces[].attached[].program_id) alone are
          known, and all else is V(null).
      type: list
      elements: dict
      contains:
        mode:
          description: V(native), V(generic) or V(offload).
          type: str
          sample: native
        method:
          description: V(link) or V(netlink).
          type: str
          sample: link
        program_id:
          description: Id of the program.
          type: int
          sample: 42
        program_name:
          description: The name that the kernel keeps, of at most 15 characters.
          type: str
          sample: xdp_stats_pass
        owner:
          description: The pin set below O(pin_root) that has the program; V(null) for a foreign one.
          type: str
          sample: edge
        dispatcher:
          description: Whether the program is libxdp's dispatcher, behind which others run.
          type: bool
          sample: false
missing:
  description: Names of O(interfaces) that the host does not have.
  returned: success
  type: list
  elements: str
  sample: []
report:
  description:
    - The same in a few lines to read. A limit with C(<=) is an upper bound.
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
