# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upgrade the members of a chain over and over while packets come in: none comes through, and all are counted by each member.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR UPGRADES. All members drop, and are left after
that, so that each packet meets each member; one that meets no program comes through to a packet socket behind XDP.
"""

from __future__ import annotations

import sys

from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import ROWS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import find
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.statistics import statistics
from gap import counted_in, measure_both
from world import Version, World


def _chains(world: World) -> list[Version]:
    """From one to the next a member is upgraded, another one is, both change places, a third one comes, and goes again."""
    old, new = (version.spec for version in world.versions)

    def chain(**specs: object) -> Version:
        made = [Member(name, spec, "dropping", ("drop",)) for name, spec in specs.items()]
        return Version("", {}, link(made, count=True), "")

    return [
        chain(first=old, second=old),
        chain(first=new, second=old),
        chain(first=new, second=new),
        chain(second=new, first=new),
        chain(third=old, second=new, first=new),
    ]


def _counts(world: World) -> dict[str, int | None]:
    """By the chain, by its counters of members, and by the members themselves; ``third`` came and went."""
    found: dict[str, int | None] = {"the chain": counted_in(world, ROWS)}
    source = find.of_set(Layout(world.lab.pin_root, "edge"))
    # What xdp_stats returns.
    members = statistics(source, interval=0, samples=0, per_cpu=False)["members"] if source is not None else None
    by_chain = {each["name"]: sum(each["packets"].values()) for each in members or ()}
    for name in ("first", "second"):
        found[f"the chain, of {name}"] = by_chain.get(name)
        found[name] = counted_in(world, f"{name}:xdp_counters")
    return found


if __name__ == "__main__":
    sys.exit(measure_both(_chains, _counts))
