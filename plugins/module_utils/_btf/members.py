# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What encoding and decoding need to know of a type: its members, and what its names say of the bytes."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed, Type
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short

#: Structures and arrays may contain each other; those of a damaged object without end, and values as well.
DEEPEST = 32

#: Typedefs of include/uapi/linux/types.h.
NETWORK_ORDER = frozenset(("__be16", "__be32", "__be64"))

#: Typedefs that no C source has, because of the colon: how bytes are written where the user says so.
FORMAT = "format:"

#: These formats, and the bytes that each takes: ``None`` for any number. ``raw`` are bytes of which nothing is known.
FORMATS = {"ipv4": 4, "ipv6": 16, "mac": 6, "hex": None, "raw": None}

#: Structures that the kernel itself works in (btf_field_type and btf_get_field_type in kernel/bpf/btf.c, Linux 6.18):
#: it neither copies them to user space nor from there.
SPECIAL = frozenset(
    (
        "bpf_spin_lock",
        "bpf_res_spin_lock",
        "bpf_timer",
        "bpf_wq",
        "bpf_task_work",
        "bpf_list_head",
        "bpf_list_node",
        "bpf_rb_root",
        "bpf_rb_node",
        "bpf_refcount",
    )
)

#: Type tags of pointers that the kernel counts references of (btf_find_kptr there); kptr_ref until 6.2.
_KERNEL_POINTERS = frozenset(("kptr", "kptr_ref", "kptr_untrusted", "percpu_kptr", "uptr"))

# A structure of unnamed members of unnamed members could have any number of them.
_MOST_MEMBERS = 1 << 16


class Member(NamedTuple):
    """A member of a structure or a union; those of unnamed members count as its own, as in C."""

    name: str
    #: Its type's number.
    type: int
    #: Bits from the start of the structure.
    start: int
    #: Of a bit field; 0 for a member that takes whole bytes.
    bits: int = 0


def members(btf: Btf, type_id: int) -> dict[str, Member]:
    """By name, in the order of the source; of a section its variables. Raises ``Malformed``.

    All of them lie within the type.
    """
    found: dict[str, Member] = {}
    # Types that are left to look at, with the place of each in bits: the last is the next.
    waiting = [(type_id, 0)]
    looked_at = 0
    size = 8 * btf.size(type_id)
    while waiting:
        here, base = waiting.pop()
        btf_type = btf.resolve(here)[1]
        unnamed = []
        for name, member in _declared(btf, btf_type):
            looked_at += 1
            if looked_at > _MOST_MEMBERS:
                raise Malformed("a structure has too many members")
            start = base + member.start
            if start + (member.bits or 8 * btf.size(member.type)) > size:
                raise Malformed(f"{short(name)} lies outside of its structure")
            if name:
                found.setdefault(name, member._replace(start=start))
            elif btf.resolve(member.type)[1].kind in (kinds.STRUCT, kinds.UNION):
                unnamed.append((member.type, start))
        waiting += reversed(unnamed)
    return dict(sorted(found.items(), key=lambda item: item[1].start)) if looked_at > len(found) else found


def _declared(btf: Btf, btf_type: Type) -> list[tuple[str, Member]]:
    if btf_type.kind == kinds.DATASEC:
        variables = [(btf.type(type_id), offset) for type_id, offset, _size in btf_type.entries()]
        return [
            (btf.name(each), Member(btf.name(each), each.size_or_type, 8 * offset))
            for each, offset in variables
            if each.kind == kinds.VAR
        ]
    return [
        (name, _member(btf, name, type_id, place, btf_type.flag))
        for name, type_id, place in (
            (btf.string(title), type_id, place) for title, type_id, place in btf_type.entries()
        )
    ]


def _member(btf: Btf, name: str, type_id: int, place: int, flag: bool) -> Member:
    """``flag`` says which of the two encodings of bit fields it is (Documentation/bpf/btf.rst, BTF_KIND_STRUCT)."""
    bits = place >> 24 if flag else 0
    start = place & 0xFFFFFF if flag else place
    btf_type = btf.resolve(type_id)[1]
    width = 8 * btf.size(type_id)
    if bits > width:
        raise Malformed(f"the bit field {short(name)} is wider than its type")
    if not bits and btf_type.kind == kinds.INT:
        # The older encoding: the integer itself says how many bits it has, and from where on.
        offset, own = integer_bits(btf_type)
        if own != width or (start + offset) % 8:
            start, bits = start + offset, own
    if not bits and start % 8:
        raise Malformed(f"{short(name)} does not begin with a byte")
    return Member(name, type_id, start, bits)


def integer_bits(btf_type: Type) -> tuple[int, int]:
    """Where the bits of an INT begin in it, and how many they are."""
    offset, bits = btf_type.words[0] >> 16 & 0xFF, btf_type.words[0] & 0xFF
    if not 0 < bits <= 8 * btf_type.size_or_type - offset or bits > 128:
        raise Malformed("an integer does not have the bits that it says")
    return offset, bits


def is_network(btf: Btf, type_id: int) -> bool:
    """Whether a typedef on the way to the type says that it is in network byte order."""
    return any(name in NETWORK_ORDER for name in _typedefs(btf, type_id))


def format_of(btf: Btf, type_id: int) -> str:
    """What the user says that the bytes are, such as ``ipv4``; empty for types of C."""
    for name in _typedefs(btf, type_id):
        format_name = name[len(FORMAT) :]
        # A damaged object may have such names as well.
        if name.startswith(FORMAT) and format_name in FORMATS and FORMATS[format_name] in (None, btf.size(type_id)):
            return format_name
    return ""


def _typedefs(btf: Btf, type_id: int) -> list[str]:
    """Names of the typedefs on the way to the type behind them."""
    at, end = type_id, btf.resolve(type_id)[0]
    names = []
    for _level in range(DEEPEST):  # the kernel takes no more (MAX_RESOLVE_DEPTH in kernel/bpf/btf.c)
        if at == end:
            break
        btf_type = btf.type(at)
        if btf_type.kind == kinds.TYPEDEF:
            names.append(btf.name(btf_type))
        at = btf_type.size_or_type
    return names


def is_char(btf: Btf, type_id: int) -> bool:
    """Whether an array of these is a text."""
    btf_type = btf.resolve(type_id)[1]
    return btf_type.kind == kinds.INT and btf_type.size_or_type == 1 and btf.name(btf_type) == "char"


def is_special(btf: Btf, type_id: int) -> bool:
    """Whether the kernel keeps the value to itself: locks, timers, pointers to its own objects, and arrays of these."""
    btf_type = btf.resolve(type_id)[1]
    for _level in range(DEEPEST):
        if btf_type.kind != kinds.ARRAY:
            break
        btf_type = btf.resolve(btf_type.words[0])[1]
    if btf_type.kind == kinds.PTR:
        tag = btf.type(btf_type.size_or_type)
        return tag.kind == kinds.TYPE_TAG and btf.name(tag) in _KERNEL_POINTERS
    return btf_type.kind == kinds.STRUCT and btf.name(btf_type) in SPECIAL
