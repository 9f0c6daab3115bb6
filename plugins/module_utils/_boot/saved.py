# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Pin sets as they are kept on a host's disk, to come back after a reboot.

One file for each set, so that a damaged one fails that set alone. Its first
line says what xdp_pin was asked for (``_kept.kept``), its second line is the
object itself. Contents of maps are in files beside it, which the first line
names (``_contents.stored``).
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept import Header, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec

#: Where they are unless said otherwise.
DIRECTORY = "/var/lib/ebpf-xdp"


class SavedSet(NamedTuple):
    """All that is kept of a set for the next boot, the object included."""

    name: str
    pin_root: str
    object: ObjectSpec
    program: str | None
    #: ``None`` for a set that is attached nowhere.
    interfaces: tuple[str, ...] | None
    mode: str
    attach: str
    signer: Signer | None = None
    #: As ``Request.reuse_maps``.
    reuse_maps: tuple[tuple[str, str], ...] = ()
    #: As ``Request.helpers``, sorted.
    helpers: tuple[str, ...] = ()
    #: Sorted by map.
    contents: tuple[KeptContents, ...] = ()
    #: As ``Header.netns``.
    netns: str | None = None


def _format(saved: SavedSet) -> int:
    """The oldest in which nothing of the set is lost."""
    if saved.netns is not None:
        return kept.FORMAT_WITH_NETNS
    if saved.contents:
        return kept.FORMAT_WITH_CONTENTS
    return kept.FORMAT_WITH_OTHERS if saved.reuse_maps or saved.helpers else kept.FORMAT


def header(saved: SavedSet) -> Header:
    """The first line of the set's file: what is kept, without the object."""
    return Header(
        _format(saved),
        saved.name,
        saved.pin_root,
        saved.object.source,
        spec_text.digest(saved.object),
        saved.program,
        saved.interfaces,
        saved.mode,
        saved.attach,
        saved.signer,
        saved.reuse_maps,
        saved.helpers,
        saved.contents,
        saved.netns,
    )


def to_text(saved: SavedSet) -> str:
    """The file: the header's line, then a line with the object."""
    rest = {"object": spec_text.to_json(saved.object)}
    return header(saved).to_line() + json.dumps(rest, sort_keys=True, separators=(",", ":")) + "\n"


def read(directory: str, name: str) -> SavedSet:
    """One set; the error names its file."""
    return kept.read(directory, name, _with_object)


def _with_object(found: Header, rest: Any) -> SavedSet:
    spec = spec_text.from_json(rest.get("object") if isinstance(rest, dict) else None)
    # Where the object has a digest with it, from_json has compared the two.
    if (spec.source, rest["object"].get("digest", found.object)) != (found.source, found.object):
        raise Malformed("its first line is not of the object that follows")
    return SavedSet(
        found.name,
        found.pin_root,
        spec,
        found.program,
        found.interfaces,
        found.mode,
        found.attach,
        found.signer,
        found.reuse_maps,
        found.helpers,
        found.contents,
        found.netns,
    )
