# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""``key_type`` and ``value_type``: what the bytes of a map are, where BTF does not say.

A type becomes BTF, so that values are encoded and decoded in one way only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.build import Builder
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.members import DEEPEST, FORMAT
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

_INTEGERS = {
    "u8": (1, 0),
    "u16": (2, 0),
    "u32": (4, 0),
    "u64": (8, 0),
    "i8": (1, kinds.SIGNED),
    "i16": (2, kinds.SIGNED),
    "i32": (4, kinds.SIGNED),
    "i64": (8, kinds.SIGNED),
    "bool": (1, kinds.BOOL),
}
_NETWORK = {"be16": 2, "be32": 4, "be64": 8}
_ADDRESSES = {"ipv4": 4, "ipv6": 16, "mac": 6}
#: These take as many bytes as there are.
_ANY_SIZE = ("text", "hex")

NAMES = (*_ADDRESSES, *_NETWORK, *_INTEGERS, *_ANY_SIZE)

# Of a field of text or hex; the kernel has no keys or values larger than some MiB.
_LARGEST_FIELD = 1 << 22
_MOST_FIELDS = 1024


class Made(NamedTuple):
    """A type in a ``Builder``."""

    id: int
    size: int
    alignment: int


def whole(builder: Builder, declared: Any, option: str, size: int) -> int:
    """A key or value of ``size`` bytes that is of this type; raises ``XdpError``. ``option`` is the option's name."""
    made = _made(builder, declared, option, size)
    _require_size(declared, made.size, size, option)
    return made.id


def lpm_key(builder: Builder, declared: Any, option: str, size: int) -> int:
    """A key of an LPM trie: its number of bits, then data of this type."""
    length = Made(builder.integer("unsigned int", 4), 4, 4)
    if isinstance(declared, list):
        made = _structure(builder, [("prefixlen", length), *_fields(builder, declared, option)])
        _require_size(declared, made.size, size, option)
        return made.id
    data = _made(builder, declared, option, size - 4)
    if data.size != size - 4:
        raise XdpError(
            f"{option}: {declared} takes {data.size} bytes, and the keys of the map have {size - 4} after the length"
        )
    return builder.structure(size, [("prefixlen", length.id, 0), ("data", data.id, 4)])


def _require_size(declared: Any, has: int, size: int, option: str) -> None:
    if has != size:
        what = "the fields take" if isinstance(declared, list) else f"{declared} takes"
        laid_out = ", laid out as C does" if isinstance(declared, list) else ""
        side = "keys" if option.startswith("key") else "values"
        raise XdpError(f"{option}: {what} {has} bytes{laid_out}, and the {side} of the map have {size}")


def _made(builder: Builder, declared: Any, option: str, size: int | None, depth: int = 0) -> Made:
    """``size`` is what a text or bytes take, ``None`` where that is not known."""
    if isinstance(declared, list):
        if depth >= DEEPEST:
            raise XdpError(f"{option}: fields lie within more than {DEEPEST} others")
        return _structure(builder, _fields(builder, declared, option, depth))
    if not isinstance(declared, str) or declared not in NAMES:
        raise XdpError(
            f"{option}: there is no type {short(declared)}. {unknown_name(str(declared), NAMES, 'Types are')}, or a list of fields"
        )
    if declared in _INTEGERS:
        width, encoding = _INTEGERS[declared]
        return Made(builder.integer(declared, width, encoding), width, width)
    if declared in _NETWORK:
        width = _NETWORK[declared]
        return Made(builder.typedef(f"__{declared}", builder.integer(f"u{8 * width}", width)), width, width)
    if declared not in _ADDRESSES and size is None:
        raise XdpError(
            f"{option}: a field of type {declared} needs its size in bytes, as {{name: NAME, type: {declared}, size: 16}}"
        )
    width = _ADDRESSES.get(declared, size or 0)
    if declared == "text":
        return Made(builder.array(builder.integer("char", 1, kinds.SIGNED), width), width, 1)
    made = builder.typedef(FORMAT + declared, builder.array(builder.integer("u8", 1), width))
    # As __be32 and struct in6_addr are aligned.
    return Made(made, width, 4 if declared in ("ipv4", "ipv6") else 1)


def _fields(builder: Builder, fields: list[Any], option: str, depth: int = 0) -> list[tuple[str, Made]]:
    if not 0 < len(fields) <= _MOST_FIELDS:
        raise XdpError(f"{option}: there are {len(fields)} fields, and 1 to {_MOST_FIELDS} are possible")
    found: dict[str, Made] = {}
    for field in fields:
        if not isinstance(field, dict) or not {"name", "type"} <= field.keys() <= {"name", "type", "size"}:
            raise XdpError(
                f"{option}: {short(field)} is not a field. Write {{name: NAME, type: TYPE}}, "
                f"and for {listed(_ANY_SIZE)} the size as well"
            )
        name, size = field["name"], field.get("size")
        if not isinstance(name, str) or not name or "\0" in name or name in found or not _is_encodable(name):
            raise XdpError(f"{option}: {short(repr(name))} is not a valid name of a field, or is used twice")
        if size is not None:
            size = _size(size)
            if size is None or field["type"] not in _ANY_SIZE:
                raise XdpError(
                    f"{option}: the size of field {short(name)} has to be a number from 1 to {_LARGEST_FIELD}, "
                    f"and only {listed(_ANY_SIZE)} have one"
                )
        found[name] = _made(builder, field["type"], option, size, depth + 1)
    return list(found.items())


def _size(value: Any) -> int | None:
    """Text counts as well: templates give numbers as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_FIELD
    return int(value) if is_number else None


def _is_encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _structure(builder: Builder, fields: list[tuple[str, Made]]) -> Made:
    """As C lays it out: each field at the next place that its alignment allows, and the whole a multiple of the largest."""
    members, end = [], 0
    for name, made in fields:
        start = _aligned(end, made.alignment)
        members.append((name, made.id, start))
        end = start + made.size
    alignment = max(made.alignment for _name, made in fields)
    size = _aligned(end, alignment)
    return Made(builder.structure(size, members), size, alignment)


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment
