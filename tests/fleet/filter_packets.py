# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets of each kind that docs/filter.md has a rule for, and what of them gets past the filter.

    filter_packets.py NEAR NAMESPACE FAR COUNT
    filter_packets.py NEAR NAMESPACE FAR while FILE

Sends COUNT packets of each kind to FAR, which is in NAMESPACE, and prints JSON: how many of each the kernel's stack got at NEAR.
With ``while``: packets that the rules always drop, and ones that they always pass, in turns until FILE is gone; how many of each were sent
(``sent``), and how many the stack got.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

_TARGETS = Path(__file__).parents[1] / "integration/targets"
sys.path += [str(_TARGETS / "filter/files"), str(_TARGETS / "xdp_filter_program/files")]
import flood
from packets import TCP, UDP, eth, ip4, ip6, tcp, udp

#: None of them is answered: they go to nobody here.
KINDS = {
    "listed network": eth(ip4(UDP, udp(40000, 7), src="192.0.2.9")),
    "listed address": eth(ip4(TCP, tcp(40000, 443), src="203.0.113.7")),
    "listed over IPv6": eth(ip6(TCP, tcp(40000, 443), src="2001:db8:bad::1")),
    "listed later": eth(ip4(TCP, tcp(40000, 443), src="198.51.100.9")),
    "amplifier": eth(ip4(UDP, udp(1900, 7), src="203.0.113.9")),
    "amplifier of a range": eth(ip4(UDP, udp(5050, 7), src="203.0.113.9")),
    "service": eth(ip4(TCP, tcp(40000, 443), src="203.0.113.9")),
    "scrap": eth(ip4(UDP, bytes(16), src="203.0.113.9", field=1)),
    "below the limit": eth(ip4(UDP, udp(40000, 7), src="203.0.113.9")),
    "anything else": eth(ip4(TCP, tcp(40000, 8080), src="203.0.113.9")),
    "management": eth(ip4(TCP, tcp(40000, 22), src="10.1.2.3")),
}


def _each(near: str, namespace: str, far: str, count: int) -> dict[str, int]:
    listening = flood.listener(near, None)
    flood.enter(namespace)
    passed = {}
    for kind, frame in KINDS.items():
        flood.heard(listening)
        flood.send(far, [frame], count, 0, time.monotonic())
        time.sleep(0.2)
        passed[kind] = flood.heard(listening)
    return passed


def _in_turns(near: str, namespace: str, far: str, file: str) -> dict[str, int]:
    dropped = flood.listener(near, "192.0.2.9", "udp", 7)
    passed = flood.listener(near, "203.0.113.9", "tcp", 443)
    for each in (dropped, passed):
        flood.heard(each)  # what came before it was bound to the interface
    flood.enter(namespace)
    sent = 0
    while os.path.exists(file):
        flood.send(far, [KINDS["listed network"], KINDS["service"]], 20, 0.02, time.monotonic())
        sent += 10
    time.sleep(0.2)
    return {"sent": sent, "listed network": flood.heard(dropped), "service": flood.heard(passed)}


def main() -> None:
    near, namespace, far, *how = sys.argv[1:]
    found = _in_turns(near, namespace, far, how[1]) if how[0] == "while" else _each(near, namespace, far, int(how[0]))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
