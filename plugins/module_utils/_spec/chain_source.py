# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a chain is made of, known without making it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

#: To be raised when the same members would become another program.
_VERSION = 1


def source_digest(members: Iterable[tuple[str, str, str | None, Sequence[str] | None]], count: bool) -> str:
    """SHA-256, 64 hexadecimal digits; the members are name, digest of the source, and program and verdicts as declared."""
    parts = [
        [name, source, program, None if verdicts is None else sorted(verdicts)]
        for name, source, program, verdicts in members
    ]
    return hashlib.sha256(json.dumps(["chain", _VERSION, count, parts]).encode()).hexdigest()


def counts(members: int, asked: bool | None) -> bool:
    """Whether verdicts are counted: by default where there are several members, as then it matters who decided."""
    return members > 1 if asked is None else asked
