# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""In which order sets are brought back: those that lend maps before those that borrow them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Order(NamedTuple):
    """In which order sets are brought back."""

    #: All names; each after those that it borrows from.
    names: list[str]
    #: The sets that lend to each other in a circle, each with the circle that it is in.
    circles: dict[str, list[str]]


def by_lending(lenders: Mapping[str, list[str]]) -> Order:
    """The order of these sets, of which each is given with those that it borrows from; those not given do not count.

    Otherwise the given order stays. A set that borrows from a circle without
    being in it comes after the circle.
    """
    names: list[str] = []
    circles: dict[str, list[str]] = {}
    done: set[str] = set()
    for start in lenders:
        # The path from a borrower to its lenders, and of each what is still to be looked at. Not by calls, because chains
        # may be longer than Python calls functions.
        path = [] if start in done else [start]
        waiting = [iter(lenders[start])]
        while path:
            lender = next(waiting[-1], None)
            if lender is None:
                waiting.pop()
                done.add(path[-1])
                names.append(path.pop())
            elif lender in path:
                circle = path[path.index(lender) :]
                for each in circle:
                    circles.setdefault(each, circle)
            elif lender in lenders and lender not in done:
                path.append(lender)
                waiting.append(iter(lenders[lender]))
    return Order(names, circles)
