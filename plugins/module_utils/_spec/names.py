# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What programs and maps may be called, and how messages quote names that somebody else chose."""

from __future__ import annotations

import re

# Names become pins: no dots, no slashes, not the mark of a staged pin, and room for that.
_NAME = re.compile(r"[A-Za-z0-9_$-]{1,200}")


def usable_name(name: str) -> bool:
    """Whether a program or map may be called so."""
    return _NAME.fullmatch(name) is not None
