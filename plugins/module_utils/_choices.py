# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is instead of what was asked for, in the words of an error message."""

from __future__ import annotations

from collections.abc import Iterable

#: How many names a message lists, and how many characters of a name it quotes.
_MOST_LISTED = 30
_LONGEST_QUOTED = 200


def listed(names: Iterable[object]) -> str:
    """The names that there are, for an error message, as far as anybody would read them."""
    every = [short(name) for name in names]
    shown = every[:_MOST_LISTED]
    more = f" and {len(every) - len(shown)} more" if len(every) > len(shown) else ""
    return ", ".join(shown) + more if shown else "nothing"


def short(value: object) -> str:
    """As much of a name of somebody else's (or of a value's text) as a message has room for: 200 characters."""
    text = str(value)
    return text if len(text) <= _LONGEST_QUOTED else f"{text[: _LONGEST_QUOTED - 3]}..."


def unknown_name(wanted: str, names: Iterable[str], having: str = "There is") -> str:
    """What there is instead of a name that there is not, the nearest one first, as the end of a message."""
    every = list(names)
    # Here, as only an error needs it. It compares each with each letter, so not with more than a person could have typed.
    from difflib import get_close_matches

    near = get_close_matches(wanted[:_LONGEST_QUOTED], [name for name in every[:1000] if len(name) <= 255], 1)
    return (f"Did you mean {near[0]}? " if near else "") + f"{having}: {listed(every)}"
