# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules and packets of small worlds, so that they meet often."""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.compile import Compiled, compile_filter
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import Fields
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.lists import Lists
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.options import read
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.packets import FIRST, LATER, WHOLE, Choice, fields_of
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import FilterSet
from hypothesis import strategies as st

FOUR = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "10.1.2.3", "10.1.2.3/32", "192.0.2.1")
SIX = ("::/0", "2001:db8::/32", "2001:DB8:1::/48", "2001:db8:1::7", "2001:db8:1::7/128", "fe80::/10")
_PORTS: tuple[t.Any, ...] = (22, "22", "20-30", 53, "53-80", 65535, "0-100")

_CONDITIONS = {
    "source": st.lists(st.sampled_from(FOUR + SIX), min_size=1, max_size=4),
    "destination": st.lists(st.sampled_from(FOUR + SIX), min_size=1, max_size=4),
    "source_port": st.lists(st.sampled_from(_PORTS), min_size=1, max_size=3),
    "destination_port": st.lists(st.sampled_from(_PORTS), min_size=1, max_size=3),
    "protocol": st.lists(st.sampled_from(("tcp", "udp", "sctp", "icmp", "icmpv6", 47, "ah")), min_size=1, max_size=3),
    "icmp_type": st.sampled_from(("echo-request", ["echo_reply", "redirect"], "nd-redirect")),
    "tcp_flags": st.sampled_from(("syn", "syn,!ack", ["fin", "rst"], "!syn", "fin,psh,urg")),
    "fragment": st.booleans(),
    "source_mac": st.sampled_from(("02:00:00:00:00:01", "02-00-00-00-00-AA")),
    "ethertype": st.sampled_from(("ip", "arp", ["ip", "ip6"], "0x88b5", 0x86DD)),
    "vlan": st.sampled_from(("none", 7, ["7-9", "none"], "4095")),
    "malformed": st.booleans(),
}


def _possible(rule: dict[str, t.Any]) -> bool:
    try:
        filter_set([rule])
    except XdpError:
        return False
    return True


def _rules() -> st.SearchStrategy[dict[str, t.Any]]:
    conditions = st.lists(st.sampled_from(sorted(_CONDITIONS)), max_size=3, unique=True)
    chosen = conditions.flatmap(lambda names: st.fixed_dictionaries({name: _CONDITIONS[name] for name in names}))
    actions = st.sampled_from(
        (
            {"action": "drop"},
            {"action": "pass"},
            {"action": "limit", "packets_per_second": 10},
            {"action": "drop", "dry_run": True},
        )
    )
    return st.builds(lambda conditions, action: {"name": "x", **conditions, **action}, chosen, actions).filter(
        _possible
    )


def _named(rules: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    return [{**rule, "name": f"rule{place}"} for place, rule in enumerate(rules)]


#: Lists of possible rules, as a playbook has them.
RULES = st.lists(_rules(), max_size=6).map(_named)


def _reader(files: t.Mapping[str, bytes] | None) -> t.Callable[[str], bytes]:
    def read(name: str) -> bytes:
        if not files or name not in files:
            raise XdpError(f"{name} cannot be read")
        return files[name]

    return read


def compiled(rules: list[dict[str, t.Any]], files: t.Mapping[str, bytes] | None = None, **options: t.Any) -> Compiled:
    return compile_filter({"rules": rules, **options}, _reader(files))


def filter_set(
    rules: list[dict[str, t.Any]], files: t.Mapping[str, bytes] | None = None, **options: t.Any
) -> FilterSet:
    return read({"rules": rules, **options}, Lists(_reader(files)))[0]


_ADDRESSES = {
    4: (0x0A010203, 0x0A010204, 0x0A800000, 0x0B000000, 0xC0000201, 0, 0xFFFFFFFF),
    6: (0x20010DB8 << 96 | 1, 0x20010DB8_0001 << 80 | 7, 0x20010DB8_0001 << 80, 0xFE80 << 112 | 1, 0, (1 << 128) - 1),
}


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    family = draw(st.sampled_from((4, 4, 6, 6, 0)))
    frame = Choice(
        family=family,
        ethertype={4: words.IPV4, 6: words.IPV6}.get(family) or draw(st.sampled_from((words.ARP, 0x88B5, 0x1234))),
        source_mac=draw(st.sampled_from((b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\xaa", b"\x02\0\0\0\0\x03"))),
        vlan=draw(st.sampled_from((words.UNTAGGED, 0, 7, 8, 4095))),
    )
    if not family:
        return frame
    part = draw(st.sampled_from((WHOLE, WHOLE, FIRST, LATER)))
    return frame._replace(
        source=draw(st.sampled_from(_ADDRESSES[family])),
        destination=draw(st.sampled_from(_ADDRESSES[family])),
        protocol=draw(
            st.sampled_from(
                (6, 6, 17, 132, 1, 58, 47, 51, 254) if part == LATER or family == 4 else (6, 6, 17, 132, 1, 58, 47, 254)
            )
        ),
        source_port=draw(st.sampled_from((0, 22, 53, 80, 81, 123, 65535))),
        destination_port=draw(st.sampled_from((0, 22, 53, 80, 81, 546, 65535))),
        icmp_type=draw(st.sampled_from((0, 3, 5, 8, 128, 129, 135, 137, 255))),
        tcp_flags=draw(st.sampled_from((0, 2, 4, 16, 18, 0x29, 255))),
        part=part,
        malformed=draw(st.sampled_from((False, False, True))),
    )


#: Fields of packets; among them those of frames that cannot be read.
FIELDS = st.one_of(
    choices().map(fields_of),
    st.sampled_from(
        (
            Fields(malformed=True),
            Fields(b"\x02\0\0\0\0\x01", 7, malformed=True),
            Fields(None, 7, words.IPV4, malformed=True),
        )
    ),
)
