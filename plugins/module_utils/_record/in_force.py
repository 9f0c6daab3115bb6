# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What runs of a pin set, as far as a boot could bring it back."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer


class InForce(NamedTuple):
    """What the kernel runs of a pin set."""

    #: Digest of the object.
    object: str
    program: str
    #: Mode and method by interface.
    links: dict[str, tuple[str, str]]
    #: All interfaces of this network namespace: what is kept for others is waiting for them.
    here: Container[str]
    #: Who signed the object, by the set's record.
    signer: Signer | None = None
    #: Paths of the maps that it uses of others, by its own names for them.
    borrowed: Mapping[str, str] = {}
    #: Programs that were asked for beside it, sorted.
    helpers: tuple[str, ...] = ()
    #: The names of its network namespace; ``None`` is one of them for the one that needs none.
    netns: Collection[str | None] = (None,)
