# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Values of options as YAML and templates give them: ``22``, ``"22"`` and ``22.0`` are the same number.

``within`` names the option in errors.
"""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.common.validation import check_type_bool
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import words

_PORTS = 65535
_IDS = 4095

_RANGE = re.compile(r"\s*([0-9]{1,5})(?:\s*-\s*([0-9]{1,5}))?\s*", re.ASCII)
_MAC = re.compile(r"[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}", re.IGNORECASE | re.ASCII)


def said(value: t.Any) -> str:
    """A value in an error, texts in quotes."""
    return repr(short(value)) if isinstance(value, str) else short(value)


def elements(within: str, value: t.Any, split: str | None = ",") -> list[t.Any]:
    """The elements of a list; of a text, what commas separate. There is at least one."""
    if value is None:
        raise XdpError(f"{within} has no value. Leave it out, or give it one")
    if isinstance(value, t.Mapping):
        raise XdpError(f"{within}: a dictionary is neither a value nor a list of values")
    each = list(value) if isinstance(value, (list, tuple)) else [value]
    found: list[t.Any] = []
    for item in each:
        if isinstance(item, str):
            text = str.__str__(item)
            found.extend(part.strip() for part in (text.split(split) if split else [text]))
        else:
            found.append(item)
    if not each:
        raise XdpError(
            f"{within} is an empty list, which no packet would match. Leave it out if the rule is for all packets, or else "
            f"leave out the rule"
        )
    if "" in found or None in found:
        raise XdpError(f"{within} has an empty element. Remove it")
    return found


def boolean(within: str, value: t.Any) -> bool:
    """True or false, in any way that Ansible takes. Raises ``XdpError`` for anything else, as all of these do."""
    try:
        return t.cast(bool, check_type_bool(value))
    except TypeError as error:
        raise XdpError(f"{within}: {said(value)} is neither true nor false") from error


def integer(value: t.Any) -> int | None:
    """A whole number, however it is written; ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"[0-9]{1,19}", text, re.ASCII):
        return int(text)
    return int(text, 16) if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", text, re.ASCII) else None


def number(within: str, value: t.Any, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    found = integer(value)
    if found is None or not least <= found <= most:
        raise XdpError(f"{within}: {said(value)} is not a number from {least} to {most}")
    return found


def ports(within: str, value: t.Any) -> tuple[tuple[int, int], ...]:
    """Ranges in ascending order, which do not touch each other."""
    return _joined([_range(within, each, _PORTS) for each in elements(within, value)])


def vlans(within: str, value: t.Any) -> frozenset[int]:
    """VLAN ids of a list of numbers and ranges; ``none`` is ``words.UNTAGGED``."""
    found: set[int] = set()
    for each in elements(within, value):
        if isinstance(each, str) and each.lower() == "none":
            found.add(words.UNTAGGED)
        else:
            first, last = _range(within, each, _IDS)
            found.update(range(first, last + 1))
    return frozenset(found)


def protocols(within: str, value: t.Any) -> frozenset[int]:
    """Numbers of IP protocols, of a list of names and numbers."""
    return frozenset(_named(within, each, words.PROTOCOLS, 255) for each in elements(within, value))


def ethertypes(within: str, value: t.Any) -> frozenset[int]:
    """EtherTypes, of a list of names and numbers."""
    return frozenset(_named(within, each, words.ETHERTYPES, 0xFFFF) for each in elements(within, value))


def icmp_types(within: str, value: t.Any, protocol: frozenset[int] | None) -> frozenset[int]:
    """Types by name or number. Names are of both versions of ICMP unless ``protocol`` names one; numbers need it."""
    versions = [
        (base, names)
        for number, base, names in (
            (words.ICMP, 0, words.ICMP_TYPES),
            (words.ICMPV6, words.ICMPV6_TYPES_FROM, words.ICMPV6_TYPES),
        )
        if protocol is None or number in protocol
    ]
    if not versions:
        raise XdpError(f"{within}: only packets of the protocols icmp and icmpv6 have a type, and protocol has neither")
    found: set[int] = set()
    for each in elements(within, value):
        name = each.lower().replace("_", "-") if isinstance(each, str) else ""
        named = [base + names[name] for base, names in versions if name in names]
        if named:
            found.update(named)
            continue
        type_ = integer(each)
        if type_ is None:
            known = sorted({name for _base, names in versions for name in names})
            raise XdpError(
                f"{within}: {said(each)} is not a type of ICMP. {unknown_name(name, known, 'The names are')}"
            )
        if protocol is None:
            raise XdpError(
                f"{within}: {type_} is another type in ICMP than in ICMPv6. Add protocol: icmp or protocol: icmpv6"
            )
        if not 0 <= type_ <= 255:
            raise XdpError(f"{within}: {type_} is not a type of ICMP, which are from 0 to 255")
        found.update(base + type_ for base, _names in versions)
    return frozenset(found)


def tcp_flags(within: str, value: t.Any) -> tuple[tuple[int, int], ...]:
    """Pairs of bits that are set and that are not, one for each text such as ``syn,!ack``."""
    found = set()
    for each in elements(within, value, split=None):
        on = off = 0
        for part in str(each).split(","):
            name = part.strip().lower()
            bit = words.TCP_FLAGS.get(name.lstrip("!").strip())
            if bit is None:
                raise XdpError(
                    f"{within}: {said(each)} is not a text of flags such as 'syn,!ack', which means that SYN is set and ACK is "
                    f"not. The flags are {listed(words.TCP_FLAGS)}"
                )
            if name.startswith("!"):
                off |= bit
            else:
                on |= bit
        if on & off:
            raise XdpError(f"{within}: {said(each)} wants a flag to be set and not to be set")
        found.add((on, off))
    return tuple(sorted(found))


def macs(within: str, value: t.Any) -> frozenset[bytes]:
    """MAC addresses of 6 bytes each."""
    found = set()
    for each in elements(within, value):
        if not isinstance(each, str) or not _MAC.fullmatch(each):
            raise XdpError(f"{within}: {said(each)} is not a MAC address such as 02:00:00:00:00:01. Quote it")
        found.add(bytes.fromhex(re.sub("[:-]", "", each)))
    return frozenset(found)


def _named(within: str, value: t.Any, names: t.Mapping[str, int], most: int) -> int:
    name = value.lower() if isinstance(value, str) else ""
    if name in names:
        return names[name]
    found = integer(value)
    if found is None or not 0 <= found <= most:
        raise XdpError(
            f"{within}: {said(value)} is neither a number from 0 to {most} nor one of the names. "
            f"{unknown_name(name, names, 'The names are')}"
        )
    return found


def _range(within: str, value: t.Any, most: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(value) if isinstance(value, str) else None
    first = int(match.group(1)) if match else integer(value)
    last = int(match.group(2)) if match and match.group(2) else first
    if first is None or last is None or not 0 <= first <= most or not 0 <= last <= most:
        raise XdpError(f"{within}: {said(value)} is neither a number from 0 to {most} nor a range such as '100-199'")
    if last < first:
        raise XdpError(f"{within}: the range {said(value)} ends before it begins. Write {last}-{first}")
    return first, last


def _joined(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)
