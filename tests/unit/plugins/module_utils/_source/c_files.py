# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""C files to flatten, and what a compiler would make of the flat text."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files as sources


class Line(NamedTuple):
    #: Where messages about the line would point.
    file: str
    number: int
    text: str


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def flatten(directory: Path, files: dict[str, str], library: dict[str, str] | None = None) -> sources.Source:
    """Write the files, and flatten the first of them."""
    write(directory, files)
    path = os.path.join(str(directory), next(iter(files)))
    return sources.flatten(path, sources.read(path), sources.header_finder(library or {}))


def compiled(flat: str) -> list[Line]:
    """The lines that a compiler would see, with their presumed places (C17, 6.10.4).

    As much of a preprocessor as header guards take: ``#line``, ``#ifndef``,
    ``#define`` and ``#endif``. Blank lines are left out.
    """
    found = []
    file, number = "", 0
    defined = set()
    groups: list[bool] = []
    for text in flat.split("\n"):
        number += 1
        words = text.split()
        directive = words[0] if words else ""
        if directive == "#ifndef":
            groups.append(words[1] not in defined)
        elif directive == "#endif":
            groups.pop()
        elif not words or not all(groups):
            continue
        elif directive == "#line":
            match = re.fullmatch(r'#line (\d+) "(.*)"', text)
            assert match, text
            # The number is that of the line that follows.
            number, file = int(match.group(1)) - 1, match.group(2)
        elif directive == "#define":
            defined.add(words[1])
        else:
            found.append(Line(file, number, text))
    assert groups == []
    return found


def texts(source: sources.Source) -> list[str]:
    return [line.text for line in compiled(source.text)]
