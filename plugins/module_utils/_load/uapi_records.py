# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""CO-RE relocations on a kernel that does not show its types: those on records that are the same on every Linux.

Headers of packets and the structures of include/uapi never change their layout, so that a program which was compiled with
that layout needs no change. Everything else cannot be known here, not even that a type does not exist.
"""

from __future__ import annotations

import re
import struct
import sys
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed, Type
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Members as Debian's linux-libc-dev 6.1 and 6.12 have them: ``NAME@START:BITS``, from the start of the record and in bits;
#: ``/BITS`` for each element of an array, ``s`` for a type with a sign. Bit fields are those of little-endian machines.
#: tests/integration/targets/xdp_object/files/uapi_records.py compares them with the headers that are installed, and
#: tests/vm/objects.sh with the types of each kernel. Left out are members that are reserved, and those that came after Linux
#: 5.10, the oldest that the collection runs on: mtu_result (5.12) and tbid (6.5) of bpf_fib_lookup, addrs of iphdr (6.1).
RECORDS = {
    "arphdr": "ar_hrd@0:16 ar_pro@16:16 ar_hln@32:8 ar_pln@40:8 ar_op@48:16",
    "bpf_cpumap_val": "qsize@0:32 bpf_prog@32:32 bpf_prog.fd@32:32s bpf_prog.id@32:32",
    "bpf_devmap_val": "ifindex@0:32 bpf_prog@32:32 bpf_prog.fd@32:32s bpf_prog.id@32:32",
    "bpf_fib_lookup": (
        "family@0:8 l4_protocol@8:8 sport@16:16 dport@32:16 tot_len@48:16 ifindex@64:32 "
        "tos@96:8 flowinfo@96:32 rt_metric@96:32 ipv4_src@128:32 ipv6_src@128:128/32 ipv4_dst@256:32 "
        "ipv6_dst@256:128/32 h_vlan_proto@384:16 h_vlan_TCI@400:16 smac@416:48/8 dmac@464:48/8"
    ),
    "bpf_sock_tuple": (
        "ipv4@0:96 ipv4.saddr@0:32 ipv4.daddr@32:32 ipv4.sport@64:16 ipv4.dport@80:16 ipv6@0:288 "
        "ipv6.saddr@0:128/32 ipv6.daddr@128:128/32 ipv6.sport@256:16 ipv6.dport@272:16"
    ),
    "ethhdr": "h_dest@0:48/8 h_source@48:48/8 h_proto@96:16",
    "icmp6hdr": (
        "icmp6_type@0:8 icmp6_code@8:8 icmp6_cksum@16:16 icmp6_dataun@32:32 icmp6_dataun.un_data32@32:32/32 "
        "icmp6_dataun.un_data16@32:32/16 icmp6_dataun.un_data8@32:32/8 icmp6_dataun.u_echo@32:32 "
        "icmp6_dataun.u_echo.identifier@32:16 icmp6_dataun.u_echo.sequence@48:16 icmp6_dataun.u_nd_advt@32:32 "
        "icmp6_dataun.u_nd_advt.override@37:1 icmp6_dataun.u_nd_advt.solicited@38:1 "
        "icmp6_dataun.u_nd_advt.router@39:1 icmp6_dataun.u_nd_ra@32:32 icmp6_dataun.u_nd_ra.hop_limit@32:8 "
        "icmp6_dataun.u_nd_ra.router_pref@43:2 icmp6_dataun.u_nd_ra.home_agent@45:1 "
        "icmp6_dataun.u_nd_ra.other@46:1 icmp6_dataun.u_nd_ra.managed@47:1 "
        "icmp6_dataun.u_nd_ra.rt_lifetime@48:16"
    ),
    "icmphdr": (
        "type@0:8 code@8:8 checksum@16:16 un@32:32 un.echo@32:32 un.echo.id@32:16 un.echo.sequence@48:16 "
        "un.gateway@32:32 un.frag@32:32 un.frag.mtu@48:16"
    ),
    "in6_addr": "in6_u@0:128 in6_u.u6_addr8@0:128/8 in6_u.u6_addr16@0:128/16 in6_u.u6_addr32@0:128/32",
    "in_addr": "s_addr@0:32",
    "ip_auth_hdr": "nexthdr@0:8 hdrlen@8:8 spi@32:32 seq_no@64:32",
    "ip_esp_hdr": "spi@0:32 seq_no@32:32",
    "iphdr": (
        "ihl@0:4 version@4:4 tos@8:8 tot_len@16:16 id@32:16 frag_off@48:16 ttl@64:8 protocol@72:8 check@80:16 "
        "saddr@96:32 daddr@128:32"
    ),
    "ipv6_opt_hdr": "nexthdr@0:8 hdrlen@8:8",
    "ipv6_rt_hdr": "nexthdr@0:8 hdrlen@8:8 type@16:8 segments_left@24:8",
    "ipv6hdr": (
        "priority@0:4 version@4:4 flow_lbl@8:24/8 payload_len@32:16 nexthdr@48:8 hop_limit@56:8 saddr@64:128 "
        "saddr.in6_u@64:128 saddr.in6_u.u6_addr8@64:128/8 saddr.in6_u.u6_addr16@64:128/16 "
        "saddr.in6_u.u6_addr32@64:128/32 daddr@192:128 daddr.in6_u@192:128 daddr.in6_u.u6_addr8@192:128/8 "
        "daddr.in6_u.u6_addr16@192:128/16 daddr.in6_u.u6_addr32@192:128/32"
    ),
    "tcphdr": (
        "source@0:16 dest@16:16 seq@32:32 ack_seq@64:32 doff@100:4 fin@104:1 syn@105:1 rst@106:1 psh@107:1 "
        "ack@108:1 urg@109:1 ece@110:1 cwr@111:1 window@112:16 check@128:16 urg_ptr@144:16"
    ),
    "udphdr": "source@0:16 dest@16:16 len@32:16 check@48:16",
    "xdp_md": (
        "data@0:32 data_end@32:32 data_meta@64:32 ingress_ifindex@96:32 rx_queue_index@128:32 egress_ifindex@160:32"
    ),
}

# Of enum bpf_core_relo_kind in include/uapi/linux/bpf.h: offset, size, sign, and the shifts of bit fields.
_OFFSET, _SIZE, _SIGNED, _LSHIFT, _RSHIFT = 0, 1, 3, 4, 5
_KNOWABLE = frozenset((_OFFSET, _SIZE, _SIGNED, _LSHIFT, _RSHIFT))
_ASKED = {
    2: "whether a member exists in {}",
    6: "the number of the type {}",
    7: "the number of the type {}",
    8: "whether the type exists: {}",
    9: "the size of {}",
    10: "whether a value exists in {}",
    11: "a value of {}",
    12: "whether the type matches: {}",
}
_ASKED_LATER = "something that this version does not know of {}"

_ENUMS = (kinds.ENUM, kinds.ENUM64)

_RECORD = "=4I"
_PATH = re.compile(r"0(?::[0-9]{1,5}){1,16}")
_MEMBER = re.compile(r"(\S+)@([0-9]+):([0-9]+)(s?)(?:/([0-9]+))?")


class Member(NamedTuple):
    """Where something is in a record, in bits."""

    start: int
    bits: int
    is_signed: bool
    #: Of each element of an array; 0 for what is none.
    element: int


class _Access(NamedTuple):
    path: str
    member: Member
    is_bit_field: bool


def members(record: str) -> dict[str, Member]:
    """By name; names within named structures are joined by dots. Empty for a record that is not in the table."""
    return {
        name: Member(int(start), int(bits), bool(sign), int(element or 0))
        for name, start, bits, sign, element in _MEMBER.findall(RECORDS.get(record, ""))
    }


def require(program: str, relocations: bytes, types: bytes) -> None:
    """Raise ``XdpError`` unless the instructions are right as they are on every Linux.

    ``relocations`` and ``types`` are CO-RE relocations and BTF of ``program``.
    """
    try:
        btf = Btf(types)
        for type_id, path, kind in dict.fromkeys(each[1:] for each in struct.iter_unpack(_RECORD, relocations)):
            unknown = _unknown(btf, type_id, btf.string(path), kind)
            if unknown:
                raise XdpError(
                    f"The program {program} depends on the kernel's types (CO-RE): on {unknown}. This kernel does not show "
                    f"its types, and without them only members of packet headers and of struct xdp_md are known. "
                    f"Run a kernel that is built with CONFIG_DEBUG_INFO_BTF"
                )
    except Malformed as error:
        raise XdpError(f"The program {program} has damaged CO-RE relocations: {error}") from error


def _unknown(btf: Btf, root: int, path: str, kind: int) -> str | None:
    """What cannot be known, in the words of the source; ``None`` if it is known, and as the program has it."""
    type_id, btf_type = btf.resolve(root)
    record = f"{'union' if btf_type.kind == kinds.UNION else 'enum' if btf_type.kind in _ENUMS else 'struct'} {btf.name(btf_type)}"
    if kind not in _KNOWABLE:
        return _ASKED.get(kind, _ASKED_LATER).format(record)
    if not _PATH.fullmatch(path):
        return record
    access = _access(btf, type_id, [int(each) for each in path.split(":")[1:]])
    expected = members(btf.name(btf_type)).get(access.path) if btf_type.kind == kinds.STRUCT else None
    if expected is None or (access.is_bit_field and sys.byteorder != "little"):
        return f"{record}.{access.path}"
    if access.member != expected:
        return f"{record}.{access.path}, which it declares with another place, size or sign than Linux does"
    return None


def _access(btf: Btf, root: int, path: list[int]) -> _Access:
    """The named member that an access leads to, or is an element of, with its place in the object's own types."""
    names: list[str] = []
    start = bits = 0
    is_bit_field, rest = False, (False, 0)
    type_id = root
    for index in path:
        type_id, btf_type = btf.resolve(type_id)
        if btf_type.kind in (kinds.STRUCT, kinds.UNION) and index < btf_type.vlen:
            name, type_id, offset = btf_type.entry(index)
            names += [btf.string(name)] if name else []
            start += offset & 0xFFFFFF if btf_type.flag else offset
            field = offset >> 24 if btf_type.flag else 0
            bits = field or 8 * btf.size(type_id)
            is_bit_field, rest = bool(field), _rest(btf, type_id)
        elif btf_type.kind == kinds.ARRAY and index < btf_type.words[2]:
            # Which element does not matter: the array lies where it should.
            type_id = btf_type.words[0]
        else:
            raise Malformed("one leads to a member that is not there")
    return _Access(".".join(names), Member(start, bits, *rest), is_bit_field)


def _rest(btf: Btf, type_id: int) -> tuple[bool, int]:
    """Whether a member has a sign, and the bits of each element if it is an array."""
    btf_type = btf.resolve(type_id)[1]
    if btf_type.kind == kinds.ARRAY:
        return _is_signed(btf.resolve(btf_type.words[0])[1]), 8 * btf.size(btf_type.words[0])
    return _is_signed(btf_type), 0


def _is_signed(btf_type: Type) -> bool:
    return bool(
        btf_type.flag
        if btf_type.kind in _ENUMS
        else btf_type.kind == kinds.INT and btf_type.words[0] >> 24 & kinds.SIGNED
    )
