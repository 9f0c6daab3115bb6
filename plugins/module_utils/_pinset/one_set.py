# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What concerns one pin set, so that looking at it takes the same among a thousand others."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._network import attachments, namespace, netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import is_set, link_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record


def record_of(path: str) -> Record | None:
    """The record of the set in this directory; ``None`` also for one that only a newer version of the collection understands."""
    text = record_links.read(os.path.join(path, "record"))
    try:
        return None if text is None else records.parse(text)
    except records.NewerRecord:
        return None


class OneSet(NamedTuple):
    """A pin set as xdp_status_info sees it: pinned, kept for the boot, or both."""

    name: str
    #: Whether it is pinned.
    is_there: bool
    is_kept: bool
    record: Record | None
    #: The interfaces that were declared for it in this network namespace.
    declared: frozenset[str]

    def attached(self, interfaces: Iterable[netlink.Interface]) -> list[attachments.Attachment]:
        """What those of the interfaces run that are the set's by what it declares, or that run its program."""
        ids = set(self.record.program.attached_ids) if self.record is not None and self.record.program else set()
        chosen = [each for each in interfaces if each.name in self.declared or ids & set(each.programs.values())]
        links = self.record.links if self.record is not None else {}
        known = {each.name: links[link_name(each.name)] for each in chosen if link_name(each.name) in links}
        return attachments.attachments(chosen, known=known)


def one_set(pin_root: str, name: str, boot_directory: str, also: Iterable[str] = ()) -> OneSet:
    """``also`` are interfaces that are on trial."""
    is_there = ownership.weakness(pin_root) is None and is_set(pin_root, name)
    record = record_of(os.path.join(pin_root, name)) if is_there else None
    declared = set(also)
    netns = record.netns if record is not None else None
    # Interfaces of another namespace may be called as ours are.
    if netns is None or netns.same(namespace.current()):
        declared.update((record.interfaces if record is not None else None) or ())
        with suppress(XdpError):  # damaged: it says nothing
            header = kept.header(boot_directory, name)
            if header is not None and header.is_for(pin_root) and (netns is not None or header.netns is None):
                declared.update(header.interfaces or ())
    return OneSet(name, is_there, kept.is_for(boot_directory, pin_root, name), record, frozenset(declared))
