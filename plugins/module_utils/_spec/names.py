# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What programs and maps may be called, and how messages quote names that somebody else chose."""

from __future__ import annotations

import re

# Names become pins: no dots, no slashes, not the mark of a staged pin, and room for that.
# What is a member's of a chain has that member's name and a colon before it.
_NAME = re.compile(r"(?=.{1,200}\Z)(?:[A-Za-z_][A-Za-z0-9_]*:)?[A-Za-z0-9_$-]+")


#: The name of a chain's program, and of the member that is none: what the chain itself has is called ``chain:NAME``.
CHAIN = "chain"


def own_name(name: str) -> str:
    """What it is called without the name of a chain's member, and what the kernel is told of a map."""
    return name.rpartition(":")[2]


def usable_name(name: str) -> bool:
    """Whether a program or map may be called so."""
    return _NAME.fullmatch(name) is not None
