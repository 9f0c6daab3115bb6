# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Addresses and prefixes of both families as numbers: read from texts, many at a time, and looked up.

An IPv4 prefix is ``address << 6 | length``, an IPv6 one ``address << 8 | length``:
in ascending order, each prefix comes after those that cover it. A million of
them are read in about two seconds.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import typing as t
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import partial

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Bits of an address, and of the length in a prefix, by family.
BITS = {4: 32, 6: 128}
LENGTH_BITS = {4: 6, 6: 8}

_pton4 = partial(socket.inet_pton, socket.AF_INET)
_pton6 = partial(socket.inet_pton, socket.AF_INET6)

# The text after an address: nothing, or a length in decimal digits.
_LENGTHS = {family: {"": bits, **{f"/{length}": length for length in range(bits + 1)}} for family, bits in BITS.items()}
# By the length of a prefix, the bits after it.
_HOSTS = {family: [(1 << bits - length) - 1 for length in range(bits + 1)] for family, bits in BITS.items()}


class WrongAddress(XdpError):
    """A text that is not an address or prefix; ``place`` is its place among those that were given."""

    def __init__(self, place: int, text: str) -> None:
        super().__init__(text)
        self.place = place


class Addresses(t.NamedTuple):
    """The prefixes of one condition, each once and in ascending order."""

    four: t.Sequence[int] = ()
    six: t.Sequence[int] = ()
    #: Those of them that the playbook has itself, the others being in files.
    written4: t.Sequence[int] = ()
    written6: t.Sequence[int] = ()
    #: Files, and how many prefixes are in each.
    files: tuple[tuple[str, int], ...] = ()

    def of(self, family: int) -> t.Sequence[int]:
        """The prefixes of one family, 4 or 6."""
        return self.four if family == 4 else self.six

    def have(self, family: int, address: int) -> bool:
        """Whether one of the prefixes covers the address."""
        prefixes, bits = self.of(family), BITS[family]
        for length in range(bits + 1):
            wanted = (address & ~_HOSTS[family][length]) << LENGTH_BITS[family] | length
            place = bisect_left(prefixes, wanted)
            if place < len(prefixes) and prefixes[place] == wanted:
                return True
        return False


def addresses(
    four: t.Iterable[int],
    six: t.Iterable[int],
    files: t.Iterable[tuple[str, t.Sequence[int], t.Sequence[int]]] = (),
) -> Addresses:
    """Prefixes in any order, some of them perhaps several times: those of a playbook, and those of files."""
    written = sorted({*four}), sorted({*six})
    every = {*four}, {*six}
    named = []
    for name, more4, more6 in files:
        every[0].update(more4)
        every[1].update(more6)
        named.append((name, len(more4) + len(more6)))
    return Addresses(sorted(every[0]), sorted(every[1]), *written, tuple(named))


def read(texts: Sequence[str]) -> tuple[list[int], list[int]]:
    """The IPv4 and the IPv6 prefixes among these texts; raises ``WrongAddress`` for the first that is none."""
    six = [text for text in texts if ":" in text]
    four = [text for text in texts if ":" not in text] if six else texts
    try:
        return _read(4, four), _read(6, six)
    except (OSError, KeyError, ValueError) as error:
        raise _first_wrong(texts) from error


def address_of(family: int, prefix: int) -> int:
    """The address of a prefix, as a number."""
    return prefix >> LENGTH_BITS[family]


def length_of(family: int, prefix: int) -> int:
    """How many bits of a prefix count."""
    return prefix & (1 << LENGTH_BITS[family]) - 1


def written(family: int, prefix: int) -> str:
    """The prefix as a text; of full length, the address alone."""
    length = length_of(family, prefix)
    text = address_text(family, address_of(family, prefix))
    return text if length == BITS[family] else f"{text}/{length}"


def address_text(family: int, address: int) -> str:
    """The address in its usual text form."""
    if family == 4:
        return socket.inet_ntop(socket.AF_INET, address.to_bytes(4, "big"))
    return socket.inet_ntop(socket.AF_INET6, address.to_bytes(16, "big"))


def ranges(family: int, prefixes: Sequence[int]) -> tuple[list[int], list[int]]:
    """The addresses that prefixes in ascending order cover: where ranges begin and end, which do not touch each other."""
    starts: list[int] = []
    ends: list[int] = []
    bits, hosts = LENGTH_BITS[family], _HOSTS[family]
    lengths = (1 << bits) - 1
    end = -2
    for prefix in prefixes:
        start = prefix >> bits
        last = start | hosts[prefix & lengths]
        if last <= end:
            continue
        if start == end + 1:
            ends[-1] = end = last
            continue
        starts.append(start)
        ends.append(last)
        end = last
    return starts, ends


def within(inner: tuple[list[int], list[int]], outer: tuple[list[int], list[int]]) -> bool:
    """Whether all addresses of the one set of ``ranges`` are in the other."""
    starts, ends = outer
    for start, end in zip(*inner):
        place = bisect_right(starts, start) - 1
        if place < 0 or ends[place] < end:
            return False
    return True


def _read(family: int, texts: Sequence[str]) -> list[int]:
    parts = [text.partition("/") for text in texts]
    lengths = list(map(_LENGTHS[family].__getitem__, [slash + length for _address, slash, length in parts]))
    hosts, bits = _HOSTS[family], LENGTH_BITS[family]
    if family == 4:
        numbers = struct.unpack(f">{len(parts)}I", b"".join([_pton4(address) for address, _slash, _length in parts]))
    else:
        packed = b"".join([_pton6(address) for address, _slash, _length in parts])
        numbers = tuple(upper << 64 | lower for upper, lower in struct.iter_unpack(">QQ", packed))
    if any(map(int.__and__, numbers, map(hosts.__getitem__, lengths))):
        raise ValueError("host bits")
    return [number << bits | length for number, length in zip(numbers, lengths)]


def _first_wrong(texts: Sequence[str]) -> WrongAddress:
    for place, text in enumerate(texts):
        try:
            _read(6 if ":" in text else 4, [text])
        except (OSError, KeyError, ValueError):
            return WrongAddress(place, _why(text))
    raise AssertionError("each text alone is right")


def _why(text: str) -> str:
    """What is wrong with a text that is not a prefix."""
    try:
        meant = ipaddress.ip_network(text, strict=False) if len(text) <= 100 and "%" not in text else None
    except ValueError:
        meant = None
    if meant is None or "/" not in text:
        return f"{short(text)!r} is neither an address nor a prefix such as 192.0.2.0/24 or 2001:db8::/32"
    if text.partition("/")[2] != str(meant.prefixlen):
        return f"{text!r} does not end in the prefix's length as a number. Write {meant}"
    return f"the prefix {text} has bits set beyond its first {meant.prefixlen}. Probably {meant} is meant"
