# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random packets for a set of rules, the same ones for the same seed.

Four of five have valid headers and then one mutation; the others are built and left
alone, or random bytes. Most of them aim at a rule: their fields are what it accepts, or
lie just beside that.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from fields import AH, FRAGMENT, ICMP, ICMPV6, IGMP, IPV4, IPV6, OPTIONS, SANE_FLAGS, SCTP, TAGS, TCP, UDP, UNTAGGED
from model import Prefix, Rule

SMALLEST, LARGEST = 14, 3520

GRE, ESP, IPIP, OSPF, NOTHING = 47, 50, 4, 89, 59

_PROTOCOLS = (TCP,) * 6 + (UDP,) * 6 + (SCTP,) * 2 + (ICMP, ICMPV6) * 2 + (IGMP, GRE, ESP, AH, IPIP, OSPF, NOTHING)
_OTHER_ETHERTYPES = (0x0806, 0x0806, 0x88CC, 0x8847, 0x9000, 0x0027, 0x88F7)
_WITH_PORTS = (TCP, UDP, SCTP)
_ICMP_TYPES = (0, 3, 4, 5, 8, 11, 12, 13, 17)
_ICMPV6_TYPES = (1, 2, 3, 4, 5, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 142, 143, 144)
#: Those of DHCP's replies, and the same the wrong way round.
_DHCP = {4: ((67, 68), (68, 67)), 6: ((547, 546), (546, 547))}
_INTERESTING = (0, 1, 7, 8, 20, 21, 39, 40, 64, 128, 255, 256, 1500, 8192, 16384, 24576, 32768, 57344, 65528, 65535)

#: Room for what is appended to any packet.
_NOISE = 16384


class Built(NamedTuple):
    frame: bytearray
    #: Where its headers end.
    headers: int
    #: Where lengths, offsets and the like of two bytes are.
    words: list[int]


class Aim(NamedTuple):
    """What packets for a rule can be: of which families (0 is neither), and of which protocols."""

    accepted: dict[str, Any]
    families: tuple[int, ...]
    protocols: dict[int, tuple[int, ...]]
    sources: dict[int, list[Prefix]]
    destinations: dict[int, list[Prefix]]


class Packets:
    """For one set of rules."""

    def __init__(self, rules: Sequence[Rule], seed: int, largest: int = LARGEST) -> None:
        self._chance = random.Random(seed)
        self._random = self._chance.random
        self._noise = self._chance.randbytes(_NOISE)
        self._largest = largest
        self._aims = [_aim(rule.accepted) for rule in rules]
        self._nothing = _aim({})
        self._near = {name: _near(rules, name, self._chance) for name in ("source", "destination")}
        self._ports = {name: _edges(rules, name, 65535) for name in ("source_port", "destination_port")}
        self._vlans = _edges(rules, "vlan", 4095) or [1]
        self._macs = [mac for rule in rules for mac in rule.accepted.get("source_mac", ())]
        self._ethertypes = [each for rule in rules for each in rule.accepted.get("ethertype", ())]
        #: Whether the packet before was mutated.
        self.mutated = False

    def next(self, aimed_at: int | None = None) -> bytes:
        """A packet, for the rule of this number if possible."""
        self.mutated = False
        kind = self._random()
        if kind < 0.03:
            return self._bytes()
        if kind < 0.05:
            return self._headless()
        built = self._build(self._nothing if aimed_at is None else self._aims[aimed_at])
        if kind >= 0.2:
            self.mutated = True
            self._mutate(built)
        frame = built.frame
        if len(frame) < SMALLEST:
            frame += self._some(SMALLEST - len(frame))
        return bytes(frame[: self._largest])

    # Values

    def _pick(self, values: Sequence[Any]) -> Any:
        return values[int(self._random() * len(values))]

    def _below(self, limit: int) -> int:
        return int(self._random() * limit)

    def _some(self, size: int) -> bytes:
        start = self._below(_NOISE - size)
        return self._noise[start : start + size]

    def _address(self, prefixes: Sequence[Prefix] | None, near: Sequence[int], bits: int) -> bytes:
        if prefixes:
            prefix = self._pick(prefixes)
            value = prefix.first
            if prefix.free:
                place = self._random()
                if place < 0.2:
                    value |= (1 << prefix.free) - 1
                elif place < 0.9:
                    value |= self._chance.getrandbits(prefix.free)
        elif near and self._random() < 0.5:
            value = self._pick(near)
        else:
            value = self._chance.getrandbits(bits)
        return int(value).to_bytes(bits // 8, "big")

    def _port(self, accepted: Sequence[tuple[int, int]] | None, near: Sequence[int]) -> int:
        if accepted:
            first, last = self._pick(accepted)
            return int(first + self._below(last - first + 1))
        if near and self._random() < 0.5:
            return int(self._pick(near))
        return self._pick((22, 53, 67, 80, 123, 443, 546)) if self._random() < 0.4 else self._below(65536)

    # Packets without any aim

    def _size(self) -> int:
        kind = self._random()
        return self._below(64 if kind < 0.6 else 600 if kind < 0.9 else 1460 if kind < 0.98 else self._largest)

    def _bytes(self) -> bytes:
        frame = bytearray(self._some(SMALLEST + self._size())[: self._largest])
        if self._random() < 0.7:
            frame[12:14] = self._pick((IPV4, IPV6, *TAGS)).to_bytes(2, "big")
        return bytes(frame)

    def _headless(self) -> bytes:
        """Ethernet, and then bytes that look like IP for a moment."""
        ethertype, first = self._pick(((IPV4, 0x45), (IPV4, 0x4F), (IPV6, 0x60)))
        body = bytearray(self._some(1 + self._size()))
        body[0] = first
        return (self._some(12) + ethertype.to_bytes(2, "big") + body)[: self._largest]

    # Valid packets

    def _build(self, aim: Aim) -> Built:
        accepted = aim.accepted
        frame = bytearray(self._some(12))
        macs = accepted.get("source_mac") or (self._macs if self._macs and self._random() < 0.4 else None)
        if macs:
            frame[6:12] = self._pick(macs)
        for vlan in self._tags(accepted.get("vlan")):
            frame += self._pick(TAGS).to_bytes(2, "big") + (self._below(16) << 12 | vlan).to_bytes(2, "big")
        family = self._pick(aim.families)
        if family == 4:
            return self._ipv4(frame, aim)
        if family == 6:
            return self._ipv6(frame, aim)
        return self._other(frame, accepted)

    def _tags(self, accepted: Sequence[tuple[int, int]] | None) -> list[int]:
        if accepted:
            first, last = self._pick(accepted)
            if first == UNTAGGED:
                return []
            outer = first + self._below(last - first + 1)
            count = 1 + (self._random() < 0.2)
        else:
            kind = self._random()
            count = 0 if kind < 0.75 else 1 if kind < 0.9 else 2 if kind < 0.98 else 3
            outer = self._pick(self._vlans) if self._random() < 0.7 else self._below(4096)
        return [outer if number == 0 else self._below(4096) for number in range(count)]

    def _other(self, frame: bytearray, accepted: dict[str, Any]) -> Built:
        ethertypes = accepted.get("ethertype")
        if not ethertypes:
            ethertypes = self._ethertypes if self._ethertypes and self._random() < 0.5 else _OTHER_ETHERTYPES
        frame += self._pick([each for each in ethertypes if each not in (IPV4, IPV6)] or _OTHER_ETHERTYPES).to_bytes(
            2, "big"
        )
        start = len(frame)
        frame += bytes.fromhex("0001080006040001") + self._some(20 + self._size())
        return Built(frame, start + 28, [start - 2])

    def _protocol(self, aim: Aim, family: int) -> int:
        protocols = aim.protocols[family]
        return int(self._pick(protocols)) if protocols else self._below(256)

    def _fragment(self, aim: Aim) -> tuple[bool, int]:
        """More fragments, and the offset in units of eight bytes."""
        wanted = aim.accepted.get("fragment")
        if wanted is False or (wanted is None and self._random() < 0.93):
            return False, 0
        kind = self._random()
        if kind < 0.4 or not aim.accepted.keys().isdisjoint(_TRANSPORT):
            return True, 0
        # Where packets usually end, or where none can end.
        offset = 1 + self._below(180) if self._random() < 0.9 else 8191 - self._below(64)
        return kind < 0.7, offset

    def _part(self, body: bytearray, more: bool, flaw: str) -> bool:
        """Give the body of a fragment that others follow a length that it can have; whether it is one."""
        if flaw == "part":
            del body[self._pick((0, 0, 9, 21)) :]
            return True
        if more:
            body += bytes(-len(body) % 8)
        return more

    def _ipv4(self, frame: bytearray, aim: Aim) -> Built:
        flaw = self._flaw(aim)
        frame += b"\x08\x00"
        start = len(frame)
        protocol = self._protocol(aim, 4)
        more, offset = self._fragment(aim)
        words = self._below(11) if self._random() < 0.15 else 0
        header = 20 + 4 * words
        body, headers, lengths = self._transport(aim, 4, protocol, flaw)
        more = self._part(body, more, flaw)
        total = header + len(body) + (self._pick((1, 8, 100)) if flaw == "length" else 0)
        flags = offset | more << 13
        if not flags and self._random() < 0.5:
            flags = 0x4000
        if flaw == "reserved":
            flags |= 0x8000
        frame += bytes((0x40 | (4 if flaw == "header" else header // 4), self._below(256)))
        frame += total.to_bytes(2, "big") + self._some(2) + flags.to_bytes(2, "big")
        frame += bytes((1 + self._below(255), protocol)) + self._some(2)
        frame += self._address(aim.sources.get(4), self._near["source"][4], 32)
        frame += self._address(aim.destinations.get(4), self._near["destination"][4], 32)
        frame += self._some(4 * words) + body
        end = start + header
        return Built(frame, end + headers, [start, start + 2, start + 6, start + 8, *(end + each for each in lengths)])

    def _ipv6(self, frame: bytearray, aim: Aim) -> Built:
        flaw = self._flaw(aim)
        frame += b"\x86\xdd"
        start = len(frame)
        protocol = self._protocol(aim, 6)
        more, offset = self._fragment(aim)
        body, headers, lengths = self._transport(aim, 6, protocol, flaw)
        more = self._part(body, more, flaw)
        chain, extensions, words = self._extensions(protocol, more, offset, flaw)
        payload = len(extensions) + len(body) + (self._pick((1, 8, 100)) if flaw == "length" else 0)
        if chain == 0 and self._random() < 0.2:  # a jumbogram, of whose UDP header the length may be missing, too
            payload = 0
            if protocol == UDP and self._random() < 0.5:
                body[4:6] = bytes(2)
        hop_limit = 255 if self._random() < 0.6 else 1 + self._below(255)
        frame += bytes((0x60 | self._below(16), *self._some(3))) + payload.to_bytes(2, "big")
        frame += bytes((chain, hop_limit))
        frame += self._address(aim.sources.get(6), self._near["source"][6], 128)
        frame += self._address(aim.destinations.get(6), self._near["destination"][6], 128)
        frame += extensions + body
        begin, end = start + 40, start + 40 + len(extensions)
        places = [start, start + 4, start + 6, *(begin + each for each in words), *(end + each for each in lengths)]
        return Built(frame, end + headers, places)

    def _extensions(self, protocol: int, more: bool, offset: int, flaw: str) -> tuple[int, bytearray, list[int]]:
        """The first number, the headers, and where they have their numbers and lengths."""
        kind = self._random()
        if flaw == "header":
            count = 9 + self._below(3)
        else:
            count = 0 if kind < 0.6 else 1 + self._below(2) if kind < 0.85 else 1 + self._below(8)
        kinds = [self._pick((*OPTIONS, AH)) for _header in range(count)]
        if more or offset or self._random() < 0.03:
            place = self._below(len(kinds) + 1)
            kinds.insert(place, FRAGMENT)
            if offset:
                del kinds[place + 1 :]
        if self._random() < (0.2 if flaw == "part" else 0.01):
            kinds += [FRAGMENT] * (1 if FRAGMENT in kinds else 2)
        found, words = bytearray(), []
        for number, each in enumerate(kinds):
            words += [len(found), len(found) + 2]
            following = kinds[number + 1] if number + 1 < len(kinds) else protocol
            if each == FRAGMENT:
                found += bytes((following, self._below(256))) + (offset << 3 | more).to_bytes(2, "big") + self._some(4)
            else:
                units = 0 if self._random() < 0.7 else self._below(4)
                size = (units + 2) * 4 if each == AH else 8 + 8 * units
                found += bytes((following, units)) + self._some(size - 2)
        return (kinds[0] if kinds else protocol), found, words

    def _flaw(self, aim: Aim) -> str:
        if not aim.accepted.get("malformed"):
            return ""
        return str(self._pick(("length", "length", "header", "reserved", "part", "transport", "transport")))

    def _transport(self, aim: Aim, family: int, protocol: int, flaw: str) -> tuple[bytearray, int, list[int]]:
        """Header and payload, the length of the header, and where it has lengths and the like."""
        accepted, size = aim.accepted, self._size()
        if protocol in _WITH_PORTS:
            source = self._port(accepted.get("source_port"), self._ports["source_port"])
            destination = self._port(accepted.get("destination_port"), self._ports["destination_port"])
            if protocol == UDP and self._random() < 0.06 and "source_port" not in accepted:
                source, destination = self._pick(_DHCP[family])
            head = source.to_bytes(2, "big") + destination.to_bytes(2, "big")
            if protocol == TCP:
                return self._tcp(head, accepted, flaw, size)
            if protocol == UDP:
                length = self._pick((0, 7, 8 + size + 9)) if flaw == "transport" else 8 + size
                return bytearray(head + length.to_bytes(2, "big") + self._some(2 + size)), 8, [4]
            return bytearray(head + self._some(8 + size)), 12, [8]
        if protocol in (ICMP, ICMPV6):
            types = [icmp_type for where, icmp_type in accepted.get("icmp_type", ()) if where == family]
            icmp_type = self._pick(types or (_ICMP_TYPES if protocol == ICMP else _ICMPV6_TYPES))
            body = bytearray((icmp_type, self._below(16))) + self._some(6 + size)
            if flaw == "transport":
                del body[3:]
            return body, 8, [2]
        return bytearray(self._some(8 + size)), 8, [0, 2]

    def _tcp(self, head: bytes, accepted: dict[str, Any], flaw: str, size: int) -> tuple[bytearray, int, list[int]]:
        flags = self._pick(accepted.get("tcp_flags") or _FLAGS)
        words = 5 + (self._below(11) if self._random() < 0.3 else 0)
        body = bytearray(head + self._some(8) + bytes((words << 4 | self._below(16), flags)) + self._some(6))
        body += self._some(4 * words - 20 + size)
        if flaw == "transport":
            if self._random() < 0.5 and "tcp_flags" not in accepted:
                body[13] = self._pick((0, 1, 3, 6, 41, 63, 255))
            else:
                body[12] = self._pick((0, 64, 240))
                if body[12] == 240:
                    del body[59:]
        return body, 4 * words, [12, 12]

    # Mutations

    def _mutate(self, built: Built) -> None:
        frame, headers, words = built
        kind = self._random()
        if kind < 0.35:  # a bit of the headers; many of them mean nothing to a filter
            frame[self._below(min(headers, len(frame)))] ^= 1 << self._below(8)
        elif kind < 0.45:
            frame[12 + self._below(min(headers, len(frame)) - 12)] = self._pick((0, 255, self._below(256)))
        elif kind < 0.6:
            self._change_word(frame, self._pick(words))
        elif kind < 0.7:  # cut off
            start = 12 + self._below(headers - 12) if self._random() < 0.7 else self._below(len(frame))
            del frame[max(start, SMALLEST) :]
        elif kind < 0.85:  # padding, or bytes that belong to nothing
            frame += self._some(1 + self._below(60))
        elif kind < 0.95:  # a bit of the payload, if there is any
            frame[min(headers + self._below(64), len(frame) - 1)] ^= 1 << self._below(8)
        elif kind < 0.98:  # bytes lost in the headers
            start = 12 + self._below(headers - 12)
            del frame[start : start + 1 + self._below(8)]
        else:
            start = 12 + self._below(headers - 12)
            frame[start:start] = self._some(1 + self._below(8))

    def _change_word(self, frame: bytearray, place: int) -> None:
        if place + 2 > len(frame):
            return
        value = frame[place] << 8 | frame[place + 1]
        kind = self._random()
        if kind < 0.5:
            value = value + self._pick((-8, -4, -1, 1, 4, 8)) & 0xFFFF
        elif kind < 0.8:
            value = self._pick(_INTERESTING)
        else:
            value = self._below(65536)
        frame[place : place + 2] = value.to_bytes(2, "big")


#: Bytes of a sane TCP.
_FLAGS = tuple(sane | extra for sane in sorted(SANE_FLAGS) for extra in (0, 0, 8, 64, 128))

#: Conditions on the transport header.
_TRANSPORT = frozenset(("source_port", "destination_port", "icmp_type", "tcp_flags"))


def _aim(accepted: dict[str, Any]) -> Aim:
    sources, destinations = _by_family(accepted, "source"), _by_family(accepted, "destination")
    protocols = {family: _protocols(accepted, family) for family in (4, 6)}
    families = {0, 4, 6}
    if accepted.keys() & {"source", "destination", "protocol", "fragment", "malformed", *_TRANSPORT}:
        families -= {0}
    if "source" in accepted:
        families &= sources.keys()
    if "destination" in accepted:
        families &= destinations.keys()
    if "icmp_type" in accepted:
        families &= {family for family, _type in accepted["icmp_type"]}
    if "ethertype" in accepted:
        families &= {{IPV4: 4, IPV6: 6}.get(each, 0) for each in accepted["ethertype"]}
    weighted = [family for family in sorted(families) for _time in range(1 if family == 0 else 5)]
    return Aim(accepted, tuple(weighted) or (4, 6), protocols, sources, destinations)


def _by_family(accepted: dict[str, Any], name: str) -> dict[int, list[Prefix]]:
    found: dict[int, list[Prefix]] = {}
    for prefix in accepted.get(name, ()):
        found.setdefault(prefix.family, []).append(prefix)
    return found


def _protocols(accepted: dict[str, Any], family: int) -> tuple[int, ...]:
    """Those that the rule can mean; none if any number will do."""
    own = ICMP if family == 4 else ICMPV6
    if "icmp_type" in accepted:
        return (own,)
    meant = accepted.get("protocol")
    if "tcp_flags" in accepted:
        return (TCP,)
    if accepted.keys() & {"source_port", "destination_port"}:
        return tuple(each for each in meant or _WITH_PORTS if each in _WITH_PORTS) or _WITH_PORTS
    if accepted.get("malformed"):
        return tuple(meant or (*_WITH_PORTS, own))
    return tuple(meant or _PROTOCOLS)


def _near(rules: Sequence[Rule], name: str, chance: random.Random) -> dict[int, list[int]]:
    """Addresses at the edges of what rules accept, in it and beside it."""
    found: dict[int, list[int]] = {4: [], 6: []}
    for rule in rules:
        for prefix in chance.sample(rule.accepted.get(name, []), min(len(rule.accepted.get(name, [])), 50)):
            largest = (1 << (32 if prefix.family == 4 else 128)) - 1
            last = prefix.first | ((1 << prefix.free) - 1)
            inside = chance.randint(prefix.first, last)
            found[prefix.family] += [prefix.first, last, inside, max(prefix.first - 1, 0), min(last + 1, largest)]
    return found


def _edges(rules: Sequence[Rule], name: str, largest: int) -> list[int]:
    found = []
    for rule in rules:
        for first, last in rule.accepted.get(name, ()):
            if first != UNTAGGED:
                found += [first, last, max(first - 1, 0), min(last + 1, largest)]
    return found
