# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs of a pin set, as far as a boot could bring it back."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple


class InForce(NamedTuple):
    """What the kernel runs of a pin set."""

    #: Digest of the object.
    object: str
    program: str
    #: Mode and method by interface.
    links: dict[str, tuple[str, str]]
    #: All interfaces of this network namespace: what is kept for others is waiting for them.
    here: Container[str]
    #: Paths of the maps that it uses of others, by its own names for them.
    borrowed: Mapping[str, str] = {}
