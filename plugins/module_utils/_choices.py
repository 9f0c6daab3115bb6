# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Names in error messages: lists of bounded length, and the one that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

#: How many names a message lists, and how many characters of a name it quotes.
_MOST_LISTED = 30
_LONGEST_QUOTED = 200


def listed(names: Iterable[object]) -> str:
    """The names, separated by commas; of long lists the first 30 and how many more there are."""
    every = [short(name) for name in names]
    shown = every[:_MOST_LISTED]
    more = f" and {len(every) - len(shown)} more" if len(every) > len(shown) else ""
    return ", ".join(shown) + more if shown else "nothing"


def short(value: object) -> str:
    """The first 200 characters of a name or value, which may be of any length."""
    text = str(value)
    return text if len(text) <= _LONGEST_QUOTED else f"{text[: _LONGEST_QUOTED - 3]}..."


def unknown_name(wanted: str, names: Iterable[str], having: str = "There is") -> str:
    """The end of a message about a name that does not exist: the nearest one, and those that do exist."""
    every = list(names)
    # Imported here, because only an error needs it. It takes time by the product of lengths, hence the bounds.
    from difflib import get_close_matches

    near = get_close_matches(wanted[:_LONGEST_QUOTED], [name for name in every[:1000] if len(name) <= 255], 1)
    return (f"Did you mean {near[0]}? " if near else "") + f"{having}: {listed(every)}"
