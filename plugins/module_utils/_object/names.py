# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What programs and maps may be called, and how messages quote names that somebody else chose."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

# Names become pins: no dots, no slashes, not the mark of a staged pin, and room for that.
_NAME = re.compile(r"[A-Za-z0-9_$-]{1,200}")

# Messages quote no more than this, so that one long name in a file cannot become gigabytes of messages.
_LONGEST_QUOTE = 200
_MOST_LISTED = 40


def usable_name(name: str) -> bool:
    """Whether a program or map may be called so."""
    return _NAME.fullmatch(name) is not None


def short(name: object) -> str:
    """The name (or a value's text) for a message: at most 200 characters of it."""
    text = str(name)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."


def listed(names: Collection[object]) -> str:
    """The names for a message, in their order: at most 40 of them, and how many more there are."""
    more = len(names) - _MOST_LISTED
    text = ", ".join(short(name) for name in islice(names, _MOST_LISTED))
    return f"{text} and {more} more" if more > 0 else text
