# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The files that a flat text was made of, where clang looks for them.

clang puts the text of source lines into the object, for the verifier's log. It
reads them from the files that ``#line`` markers name (BTFDebug.cpp,
``populateFileContent``), not from the text that it compiles.
"""

from __future__ import annotations

import os
import re

_MARKER = re.compile(r'#line (\d+) "((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")

# All files together have hardly more lines than the flat text. A marker that somebody wrote by hand may say otherwise.
_LINES_BY_LINE = 2

_DEEPEST = 32


def files_of(flat: str) -> dict[str, str]:
    """The text of each file by its name; lines that the flat text lacks are empty."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    number = 0
    flat_lines = flat.split("\n")
    room = _LINES_BY_LINE * len(flat_lines)
    for text in flat_lines:
        marker = _MARKER.fullmatch(text)
        if marker:
            number = int(marker.group(1)[:9]) - 1
            lines = found.setdefault(_ESCAPED.sub(r"\1", marker.group(2)), [])
            continue
        more = number + 1 - len(lines)
        if number >= 0 and more <= room:
            lines.extend([""] * more)
            room -= max(more, 0)
            lines[number] = text
        number += 1
    return {name: "\n".join(lines) for name, lines in found.items()}


def levels_above(names: list[str]) -> int:
    """How many directories above the source's own the files go, up to a depth that nobody has."""
    levels = (os.path.normpath(name).split(os.sep).count(os.pardir) for name in names)
    return min(max(levels, default=0), _DEEPEST)


def write(directory: str, top: str, files: dict[str, str]) -> None:
    """Write the files as seen from ``directory``; none outside of ``top``, and none over another one."""
    for name, text in files.items():
        path = os.path.normpath(os.path.join(directory, name))
        if os.path.commonpath((path, top)) == top and not os.path.lexists(path):
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            except (OSError, ValueError):
                continue  # a name that no file can have; its lines are missing in the verifier's log
