# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a task declares of one map's contents."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table


class Wanted(NamedTuple):
    """One element of ``contents``, or the options of xdp_map."""

    #: The map's name in its set.
    map: str
    table: Table
    #: ``present``, or ``absent`` for these keys.
    state: str = "present"
    #: Whether entries that are not declared go.
    exclusive: bool = False
    #: Whether no entries at all are meant so, with ``exclusive``.
    allow_empty: bool = False
    #: Whether values that are there stay: ``update`` or ``keep``.
    existing: str = "update"
    #: Whether a new map is filled and switched to.
    atomic: bool = False
    #: As the options, where BTF does not say what the bytes are.
    key_type: Any = None
    value_type: Any = None
    #: Of entries without a value, on insertion; ``None`` for zeros.
    default_value: Any = None
    #: Of the packed table (``pack.digest``); it names the same entries on the controller, on hosts and on their disks.
    digest: str = ""
    #: Whether the next boot brings what is declared, where the set is kept.
    permanent: bool = True
    #: What ``remote_src`` has read, where the rows' lines are known here (``Declared.wrong``); ``None`` where the
    #: controller has read the entries.
    read: Any = None
    #: The packed table as it came, which is kept as it is: packed here again by another zlib, it would have another digest.
    packed: bytes = b""
    #: Whether another program begins with a new map of these entries, with which it comes into force in one step: they
    #: mean something else to the program before. While the program stays, the map is changed in place.
    renewed: bool = False


class Counts(NamedTuple):
    """What became of the declared entries, and of those that are removed."""

    added: int = 0
    updated: int = 0
    removed: int = 0
    unchanged: int = 0
