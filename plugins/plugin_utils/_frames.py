# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Packets as small dictionaries, made into bytes: lengths, types and checksums are filled in.

``build`` takes what the option ``packet`` of a test has: a dictionary of the
headers ``eth``, ``vlan``, ``arp``, ``ip``, ``ip6``, ``tcp``, ``udp`` and
``icmp``, and ``payload``. Each field that is left out has a usable default;
each that is given is taken as it is, wrong lengths and checksums included. Pure.
"""

from __future__ import annotations

import ipaddress
import re
import struct
import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import wire

#: The order of the headers on the wire, then what they carry.
_HEADERS = ("eth", "vlan", "arp", "ip", "ip6", "tcp", "udp", "icmp", "payload")

#: Headers of which a packet has one at most.
_ONE_OF = (("arp", "ip", "ip6"), ("arp", "tcp", "udp", "icmp"))

#: For what has no other address: a locally administered MAC address, and documentation addresses (RFC 5737, RFC 3849).
_MACS = "02:00:00:00:00:01", "02:00:00:00:00:02"
_IPV4 = "192.0.2.1", "192.0.2.2"
_IPV6 = "2001:db8::1", "2001:db8::2"
_SOURCE_PORT = 49152

#: Bytes. No interface has a larger MTU.
LARGEST = 65535

_MAC = re.compile(r"[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}", re.IGNORECASE)

_ETHER_TYPES = {"ip": wire.ETH_P_IP, "arp": wire.ETH_P_ARP, "ip6": wire.ETH_P_IPV6}
_TAGS = {"802.1q": wire.ETH_P_8021Q, "802.1ad": wire.ETH_P_8021AD}
_PROTOCOLS = {"tcp": wire.TCP, "udp": wire.UDP}
_ICMP, _ICMPV6 = 1, 58
#: Where the checksum stands in each.
_CHECKSUM = {"tcp": 16, "udp": 6, "icmp": 2}

#: Types of ICMP and ICMPv6 by name (RFC 792, RFC 4443, RFC 4861).
_ICMP_TYPES = {"echo_reply": 0, "unreachable": 3, "redirect": 5, "echo_request": 8, "time_exceeded": 11}
_ICMPV6_TYPES = {
    "unreachable": 1,
    "packet_too_big": 2,
    "time_exceeded": 3,
    "echo_request": 128,
    "echo_reply": 129,
    "router_solicitation": 133,
    "router_advertisement": 134,
    "neighbour_solicitation": 135,
    "neighbour_advertisement": 136,
}
_ARP_OPERATIONS = {"request": 1, "reply": 2}

#: Flags of IPv4 where they stand together with the fragment offset.
_DF, _MF = 0x4000, 0x2000


def _said(value: t.Any) -> str:
    """A value in an error, texts in quotes."""
    return repr(short(value)) if isinstance(value, str) else short(value)


def _require_room(within: str, length: int) -> None:
    if length > LARGEST:
        raise XdpError(f"{within}: {length} bytes are more than any packet has, {LARGEST}")


class _Fields:
    """The fields of one header, taken one by one; what is left in the end is unknown."""

    def __init__(self, within: str, given: t.Any) -> None:
        self.within = within
        given = {} if given is None else given
        if not isinstance(given, t.Mapping):
            raise XdpError(f"{within}: {_said(given)} is not a dictionary of fields")
        self._left = {str(name): value for name, value in given.items()}
        self._known: list[str] = []

    def take(self, name: str, default: t.Any = None) -> t.Any:
        self._known.append(name)
        value = self._left.pop(name, None)
        return default if value is None else value

    def has(self, name: str) -> bool:
        return self._left.get(name) is not None

    def number(self, name: str, bits: int, default: t.Any, names: t.Mapping[str, int] | None = None) -> t.Any:
        """A number of so many bits, as an integer or text (``0x86dd``), or by one of these names."""
        value = self.take(name, default)
        if value is default:
            return value
        if names and str(value).lower() in names:
            return names[str(value).lower()]
        number = None
        if isinstance(value, int) and not isinstance(value, bool):
            number = int(value)
        elif isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,16}|[0-9]{1,20}", value):
            number = int(value, 16 if value[:2] == "0x" else 10)
        if number is None or not 0 <= number < 1 << bits:
            raise XdpError(
                f"{self.within}.{name}: {_said(value)} is not a number from 0 to {(1 << bits) - 1}"
                + (f", or one of {listed(names)}" if names else "")
            )
        return number

    def required(self, name: str, bits: int) -> int:
        number = self.number(name, bits, None)
        if number is None:
            raise XdpError(f"{self.within}.{name} is missing")
        return t.cast(int, number)

    def mac(self, name: str, default: str) -> bytes:
        value = self.take(name, default)
        if not isinstance(value, str) or not _MAC.fullmatch(value):
            raise XdpError(f"{self.within}.{name}: {_said(value)} is not a MAC address such as {_MACS[0]}. Quote it")
        return bytes.fromhex(re.sub("[:-]", "", value))

    def address(self, name: str, version: int, default: str) -> bytes:
        value = self.take(name, default)
        try:
            if not isinstance(value, str):
                raise ValueError
            found = ipaddress.ip_address(value)
            if found.version != version or getattr(found, "scope_id", None):
                raise ValueError
        except ValueError as error:
            raise XdpError(f"{self.within}.{name}: {_said(value)} is not an IPv{version} address") from error
        return found.packed

    def words(self, name: str) -> bytes:
        """Options of a header, in hexadecimal digits: whole words of 32 bits, 40 bytes at most."""
        value = self.take(name)
        if value is None:
            return b""
        data = from_hex(f"{self.within}.{name}", value)
        if len(data) % 4 or len(data) > 40:
            raise XdpError(
                f"{self.within}.{name}: {len(data)} bytes. Options have a multiple of 4 bytes, 40 at most; pad them with 00"
            )
        return data

    def done(self) -> None:
        if self._left:
            name = min(self._left)
            raise XdpError(
                f"{self.within}: unknown field {short(name)}. {unknown_name(name, self._known, 'It can have')}"
            )


def from_hex(option: str, value: t.Any) -> bytes:
    """Bytes from hexadecimal digits; blanks, line ends and colons between bytes are allowed."""
    # YAML makes a number of digits alone, and a wrong one of those that begin with 0.
    if not isinstance(value, str):
        raise XdpError(f"{option}: {_said(value)} is not a text. Quote it")
    digits = re.sub(r"[\s:]", "", value)
    if len(digits) % 2 or not re.fullmatch(r"[0-9a-fA-F]*", digits):
        raise XdpError(f"{option}: {_said(value)} is not pairs of hexadecimal digits")
    return bytes.fromhex(digits)


def build(packet: t.Any, within: str = "packet") -> bytes:
    """The bytes of a packet; ``within`` names the option in errors."""
    if not isinstance(packet, t.Mapping) or not packet:
        raise XdpError(f"{within}: {_said(packet)} is not a dictionary of headers: {listed(_HEADERS)}")
    given = {str(name): value for name, value in packet.items()}
    for name in sorted(given):
        if name not in _HEADERS:
            raise XdpError(f"{within}: unknown header {short(name)}. {unknown_name(name, _HEADERS, 'It can have')}")
    for group in _ONE_OF:
        both = [name for name in group if name in given]
        if len(both) > 1:
            raise XdpError(f"{within}: {' and '.join(both)} do not go together in one packet. Use hex for a tunnel")
    layer4 = next((name for name in ("tcp", "udp", "icmp") if name in given), None)
    network = next((name for name in ("arp", "ip", "ip6") if name in given), None)
    if layer4 and network is None:
        raise XdpError(f"{within}: {layer4} without ip or ip6. Add ip: {{}} for its defaults")
    data = _payload(f"{within}.payload", given.get("payload"))
    if network == "arp":
        data = _arp(_Fields(f"{within}.arp", given["arp"])) + data
    elif network:
        data = _ip(network, layer4, given, data, within)
    data = _link(given, network, data, within)
    _require_room(within, len(data))
    return data


def _payload(option: str, given: t.Any) -> bytes:
    """Text, or one of ``hex`` and ``size`` (so many zeros)."""
    if given is None:
        return b""
    if isinstance(given, str):
        try:
            return given.encode(errors="surrogateescape")
        except UnicodeEncodeError:
            raise XdpError(
                f"{option}: {_said(given)} has half of a character (\\uD800 to \\uDFFF). Write the character itself, or \\U and eight digits"
            ) from None  # it says no more
    if not isinstance(given, t.Mapping):
        raise XdpError(f"{option}: {_said(given)} is neither a text nor a dictionary with hex or size. Quote a number")
    fields = _Fields(option, given)
    size = fields.number("size", 16, None)
    digits = fields.take("hex")
    fields.done()
    if (size is None) == (digits is None):
        raise XdpError(f"{option}: give one of hex and size")
    return bytes(size) if size is not None else from_hex(f"{option}.hex", digits)


def _link(given: dict[str, t.Any], network: str | None, data: bytes, within: str) -> bytes:
    eth = _Fields(f"{within}.eth", given.get("eth"))
    destination = eth.mac("dst", "ff:ff:ff:ff:ff:ff" if network == "arp" else _MACS[1])
    source = eth.mac("src", _MACS[0])
    kind = eth.number("type", 16, None, _ETHER_TYPES)
    eth.done()
    tags = given.get("vlan")
    if tags is None:
        tags = []
    inner = _ETHER_TYPES[network] if network else None
    kinds, words = [], []
    for place, tag in enumerate(tags if isinstance(tags, (list, tuple)) else [tags]):
        fields = _Fields(f"{within}.vlan[{place}]" if isinstance(tags, (list, tuple)) else f"{within}.vlan", tag)
        number = fields.required("id", 12)
        priority, drop = fields.number("priority", 3, 0), fields.number("dei", 1, 0)
        kinds.append(fields.number("protocol", 16, wire.ETH_P_8021Q, _TAGS))
        fields.done()
        words.append(priority << 13 | drop << 12 | number)
    # eth.type is what follows the tags: those have their own types.
    last = kind if kind is not None else inner
    if last is None:
        raise XdpError(f"{within}: eth.type is missing. Only arp, ip and ip6 have one that is known")
    kinds.append(last)
    head = wire.ethernet(destination, source, kinds[0])
    return head + b"".join(struct.pack("!HH", word, next_) for word, next_ in zip(words, kinds[1:])) + data


def _arp(fields: _Fields) -> bytes:
    operation = fields.number("op", 16, 1, _ARP_OPERATIONS)
    data = struct.pack("!HHBBH", 1, wire.ETH_P_IP, 6, 4, operation)
    data += fields.mac("sender_mac", _MACS[0]) + fields.address("sender_ip", 4, _IPV4[0])
    data += fields.mac("target_mac", "00:00:00:00:00:00") + fields.address("target_ip", 4, _IPV4[1])
    fields.done()
    return data


def _ip(network: str, layer4: str | None, given: dict[str, t.Any], data: bytes, within: str) -> bytes:
    fields = _Fields(f"{within}.{network}", given[network])
    version, usual = (4, _IPV4) if network == "ip" else (6, _IPV6)
    source, destination = fields.address("src", version, usual[0]), fields.address("dst", version, usual[1])
    protocol = _PROTOCOLS.get(layer4 or "", _ICMP if version == 4 else _ICMPV6) if layer4 else None
    names = {**_PROTOCOLS, "icmp": _ICMP, "icmp6": _ICMPV6}
    chosen = fields.number("protocol" if version == 4 else "next_header", 8, None, names)
    if chosen is None:
        # Without a header of the fourth layer: "reserved" in IPv4, "no next header" in IPv6.
        chosen = protocol if protocol is not None else (255 if version == 4 else 59)
    if layer4:
        segment = _segment(layer4, version, _Fields(f"{within}.{layer4}", given[layer4]), data)
        _require_room(fields.within, len(segment.data))
        data = _checked(layer4, version, segment, source, destination)
    return (_ipv4 if version == 4 else _ipv6)(fields, source, destination, chosen, data) + data


def _ipv4(fields: _Fields, source: bytes, destination: bytes, protocol: int, data: bytes) -> bytes:
    options = fields.words("options")
    length = fields.number("length", 16, 20 + len(options) + len(data))
    flags = fields.take("flags", [])
    flags = [flags] if isinstance(flags, str) else flags
    if not isinstance(flags, (list, tuple)) or not {str(each).lower() for each in flags} <= {"df", "mf"}:
        raise XdpError(f"{fields.within}.flags: {_said(flags)} are not flags of IPv4: df, mf")
    bits = sum({"df": _DF, "mf": _MF}[each] for each in {str(flag).lower() for flag in flags})
    offset = fields.number("fragment_offset", 16, 0)
    if offset % 8:
        raise XdpError(f"{fields.within}.fragment_offset: {offset} is not a multiple of 8 bytes")
    _require_room(fields.within, length)
    tos, ttl, number = fields.number("tos", 8, 0), fields.number("ttl", 8, 64), fields.number("id", 16, 0)
    sum_ = fields.number("checksum", 16, None)
    fields.done()
    return wire.ipv4(source, destination, protocol, length, ttl, tos, number, bits | offset // 8, options, sum_)


def _ipv6(fields: _Fields, source: bytes, destination: bytes, protocol: int, data: bytes) -> bytes:
    length = fields.number("length", 16, len(data))
    limit, traffic = fields.number("hop_limit", 8, 64), fields.number("traffic_class", 8, 0)
    flow = fields.number("flow_label", 20, 0)
    fields.done()
    _require_room(fields.within, length)
    return wire.ipv6(source, destination, protocol, length, limit, traffic, flow)


class _Segment(t.NamedTuple):
    data: bytes
    #: The one that was given, if any.
    checksum: int | None
    protocol: int


def _segment(name: str, version: int, fields: _Fields, data: bytes) -> _Segment:
    """A header of the fourth layer with what it carries, its checksum zero."""
    wanted = fields.number("checksum", 16, None)
    if name == "tcp":
        ports = fields.number("sport", 16, _SOURCE_PORT), fields.required("dport", 16)
        flags = _tcp_flags(fields)
        numbers = fields.number("seq", 32, 0), fields.number("ack", 32, 0)
        window, urgent, options = (
            fields.number("window", 16, 8192),
            fields.number("urgent", 16, 0),
            fields.words("options"),
        )
        head, protocol = wire.tcp(*ports, flags, *numbers, window, urgent, options), wire.TCP
    elif name == "udp":
        ports = fields.number("sport", 16, _SOURCE_PORT), fields.required("dport", 16)
        length = fields.number("length", 16, 8 + len(data))
        _require_room(fields.within, length)
        head, protocol = struct.pack("!HHHH", *ports, length, 0), wire.UDP
    else:
        types = _ICMP_TYPES if version == 4 else _ICMPV6_TYPES
        kind = fields.number("type", 8, types["echo_request"], types)
        code = fields.number("code", 8, 0)
        echo = kind in (types["echo_request"], types["echo_reply"])
        if not echo and (fields.has("id") or fields.has("seq")):
            raise XdpError(f"{fields.within}: id and seq are of echo_request and echo_reply. Use rest for other types")
        rest = fields.number("rest", 32, 0)
        rest |= fields.number("id", 16, 0) << 16 | fields.number("seq", 16, 0)
        head, protocol = struct.pack("!BBHI", kind, code, 0, rest), (_ICMP if version == 4 else _ICMPV6)
    fields.done()
    return _Segment(head + data, wanted, protocol)


def _tcp_flags(fields: _Fields) -> int:
    given = fields.take("flags", "S")
    letters = given.upper() if isinstance(given, str) else "?"
    if not set(letters) <= set(wire.TCP_FLAGS):
        raise XdpError(f"{fields.within}.flags: {_said(given)} are not flags of TCP by their letters, {wire.TCP_FLAGS}")
    return sum(1 << wire.TCP_FLAGS.index(letter) for letter in set(letters))


def _checked(name: str, version: int, segment: _Segment, source: bytes, destination: bytes) -> bytes:
    """The segment with its checksum: the given one, or the right one."""
    offset = _CHECKSUM[name]
    if segment.checksum is not None:
        return segment.data[:offset] + struct.pack("!H", segment.checksum) + segment.data[offset + 2 :]
    covered = b""
    if name != "icmp" or version == 6:
        covered = wire.pseudo_header(source, destination, segment.protocol, len(segment.data))
    data = wire.with_checksum(segment.data, offset, covered)
    if name == "udp" and data[offset : offset + 2] == b"\0\0":
        data = data[:offset] + b"\xff\xff" + data[offset + 2 :]  # zero would mean "none" (RFC 768)
    return data
