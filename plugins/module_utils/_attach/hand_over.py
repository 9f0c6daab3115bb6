# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Interfaces that a pin set takes over from others, which its task names in ``replace_sets``.

The set's own record claims the link first. Then the link gets the new program, then
the link's pin moves, and the other set's record comes last. So wherever a run is cut
off, one of the two records knows the link, and the next run of either set goes on.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout, link_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import WriteRecord
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record


def givers(request: Request, observed: Observed, held: ExitStack) -> dict[str, Observed]:
    """Those of the named sets that have, or are on record with, an interface that is wanted here.

    Raises ``XdpError`` when one of them is on trial or of another network namespace.
    """
    if request.name in request.replace_sets:
        raise XdpError(
            f"replace_sets names the pin set {request.name} itself. Give the sets that have the interfaces now"
        )
    wanted = [each for each in map(observed.interface, request.interfaces or ()) if each]
    names = {each.name for each in wanted}
    blocked = any(observed.foreign_attachment(each.ifindex) for each in wanted)
    found = {}
    for name in request.replace_sets:
        layout = Layout(request.pin_root, name)
        if os.path.isdir(layout.path) and (blocked or _is_on_record(layout, names)):
            found[name] = Observed(layout, held)
    return found


def _is_on_record(layout: Layout, interfaces: Collection[str]) -> bool:
    record = records.known(record_links.read(layout.record), layout.record)
    return record is not None and any(
        each in (record.interfaces or ()) or link_name(each) in record.links for each in interfaces
    )


def forget(plan: Plan, giver: Observed, interfaces: Collection[str], link_ids: Collection[int]) -> list[str]:
    """Take the interfaces and links from the record of the set that had them; returns the interfaces that it had."""
    old = giver.record
    if old is None:
        return []
    links = old.links if old.format != 1 else giver.link_ids()
    new = without(old, links, interfaces, link_ids)
    if new.says_the_same(old):
        return []
    plan.add(WriteRecord(giver.layout.record, giver.record_text, new.to_text()))
    return sorted(each for each in interfaces if each in (old.interfaces or ()) or link_name(each) in old.links)


def without(old: Record, links: Mapping[str, int], interfaces: Collection[str], link_ids: Collection[int]) -> Record:
    """A record with these ``links``, less the interfaces and the links that another set has now."""
    names = {link_name(each) for each in interfaces}
    return old._replace(
        format=Record().format,
        links={name: link_id for name, link_id in links.items() if name not in names and link_id not in link_ids},
        interfaces=None if old.interfaces is None else tuple(each for each in old.interfaces if each not in interfaces),
        pending=tuple(each for each in old.pending if each not in {f"links/{name}" for name in names}),
    )
