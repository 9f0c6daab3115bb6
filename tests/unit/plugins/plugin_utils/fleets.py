# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet may answer to xdp_status_info: python -m …tests.unit.plugins.plugin_utils.fleets HOSTS DEST writes a page of it."""

from __future__ import annotations

import datetime
import math
import random
import sys
from typing import Any

from ansible_collections.ebpf.xdp.plugins.plugin_utils import _fleet, _fleet_report

OLD, NEW, CHAIN = "367c0f8ec166", "8aa2c10b5e07", "f04d77a1c9d2"

#: Names that somebody may have chosen to harm who reads the page.
HOSTILE = '"><b onload=alert(1)>'


def row(**given: Any) -> dict[str, Any]:
    """As the module returns it; an interface that is fine unless it is said otherwise."""
    found: dict[str, Any] = {
        "state": "fine",
        "interface": "eth0",
        "netns": None,
        "pin_set": "edge",
        "program": "edge_filter",
        "members": [],
        "rules": [],
        "version": NEW,
        "mode": "native",
        "method": "link",
        "packets_per_second": 1500.0,
        "bits_per_second": 768000.0,
        "drop_share": 0.25,
        "aborted_per_second": 0.0,
        "exceptions_per_second": 0.0,
        "verdicts": {"aborted": 0.0, "drop": 375.0, "pass": 1125.0, "tx": 0.0, "redirect": 0.0},
        "rates": [1400.0, 1500.0, 1600.0],
        "spark": "▇▇█",
    }
    return {**found, **given}


def answer(*rows: dict[str, Any], unreadable: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"rows": list(rows), "unreadable": list(unreadable), "collection": "0.1.0", "kernel": "6.12.41-amd64"}


def silent(**given: Any) -> dict[str, Any]:
    """A row of an interface that counts nothing."""
    nothing: dict[str, Any] = dict.fromkeys(
        (
            "packets_per_second",
            "bits_per_second",
            "drop_share",
            "aborted_per_second",
            "exceptions_per_second",
            "verdicts",
            "mode",
            "method",
        )
    )
    return row(**{**nothing, "rates": [], "spark": "", **given})


def counted(chance: random.Random, mean: float, drop: float, aborted: float = 0.0) -> dict[str, Any]:
    rates = [
        max(0.0, mean * (1 + 0.25 * math.sin(step / 2 + chance.random()) + 0.1 * chance.gauss(0, 1)))
        for step in range(20)
    ]
    mean = sum(rates) / len(rates)
    return {
        "packets_per_second": mean,
        "bits_per_second": mean * 512 * 8,
        "drop_share": drop,
        "aborted_per_second": aborted,
        "verdicts": {
            "aborted": aborted,
            "drop": mean * drop,
            "pass": mean * (1 - drop) * 0.9,
            "tx": 0.0,
            "redirect": mean * (1 - drop) * 0.1,
        },
        "rates": rates,
    }


def answers(hosts: int, seed: int = 7) -> dict[str, Any]:
    """Of a fleet in the midst of a roll-out, with one host for each trouble."""
    chance = random.Random(seed)
    found: dict[str, Any] = {}
    for number in range(1, hosts + 1):
        name = f"edge{number:02}.{('ams', 'fra', 'waw')[number % 3]}"
        version = NEW if number <= hosts * 0.6 else OLD
        load = counted(chance, chance.uniform(2e4, 9e5), chance.uniform(0.01, 0.2))
        other = row(
            interface="eth1",
            pin_set="guard",
            version=CHAIN,
            members=["counter", "filter"],
            **counted(chance, 1.2e6, 0.7),
        )
        found[name] = answer(row(version=version, **load), other)
    names = list(found)
    found[names[1]] = {"unreachable": True, "msg": "Failed to connect to the host via ssh: Connection timed out"}
    found[names[3]]["rows"][0] = silent(state="not_attached")
    found[names[2]]["rows"].append(
        silent(state="foreign", interface="eth2", pin_set=None, version=None, program="katran", mode="native")
    )
    if hosts > 8:
        found[names[5]]["rows"][1].update(state="generic", mode="generic")
        found[names[6]]["rows"][0].update(state="pending")
        found[names[7]]["rows"][0].update(state="differs", **counted(chance, 4e5, 0.1, 120.0))
        found["build1.ams"] = answer()
        found["bench2.fra"] = {
            "failed": True,
            "msg": "bpf(2) is refused to this process: Operation not permitted (EPERM)",
        }
    return found


if __name__ == "__main__":
    at = datetime.datetime(2026, 11, 29, 10, 30, tzinfo=datetime.timezone.utc)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(_fleet_report.html(_fleet.fleet(answers(int(sys.argv[1]))), "XDP on the edge", at, 5.0))
