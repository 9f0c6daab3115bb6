# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A member of a chain as it is declared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MOST_MEMBERS, VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import CHAIN
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec

#: What a packet has to get from a member to reach the next one, where neither the task nor the member says so.
PROCEED_ON = ("pass",)

# Names become those of functions, and the first part of the names of pins.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")


class Member(NamedTuple):
    """One program of a chain, as it was asked for."""

    name: str
    spec: ObjectSpec
    #: The program of the object; ``None`` for the only one.
    program: str | None = None
    #: The verdicts with which a packet goes on to the next member; ``None`` for what the program asks for.
    proceed_on: tuple[str, ...] | None = None


def check_names(names: Sequence[object]) -> None:
    """Raises ``XdpError`` where these cannot be the names of a chain's members, in their order."""
    if not names:
        raise XdpError("chain: it has no members. Give at least one. Nothing was changed")
    if len(names) > MOST_MEMBERS:
        raise XdpError(f"chain: it has {len(names)} members, and can have {MOST_MEMBERS}. Nothing was changed")
    for index, name in enumerate(names):
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name == CHAIN:
            raise XdpError(
                f"chain[{index}].name: {short(name)!r} cannot be the name of a member. Give a C identifier of at most 32 characters, "
                f"other than {CHAIN}. Nothing was changed"
            )
        if name in names[:index]:
            raise XdpError(
                f"chain[{index}].name: {name} is there twice. Give each member a name of its own. Nothing was changed"
            )


def check_verdicts(member: str, verdicts: Sequence[str], is_last: bool) -> tuple[str, ...]:
    """The verdicts in the order of their numbers. Raises ``XdpError``."""
    for verdict in verdicts:
        if verdict not in VERDICTS:
            raise XdpError(
                f"proceed_on of {member}: {short(str(verdict))!r} is not a verdict. Give some of {', '.join(VERDICTS)}. "
                f"Nothing was changed"
            )
    if not verdicts and not is_last:
        raise XdpError(
            f"proceed_on of {member} is empty, and there are members after it, which no packet would reach. Remove them, or "
            f"give a verdict. Nothing was changed"
        )
    return tuple(verdict for verdict in VERDICTS if verdict in verdicts)
