# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""C source as one text that can travel: quoted headers put in where they are included.

bcc rewrites map accesses (``table.lookup(&key)``) in the main file only
(b_frontend_action.cc: ``getMainFileID``); in a header they compile into
nonsense without a word. So headers of the program become part of the main text,
with ``#line`` markers that keep file names and line numbers in messages right.
Headers in angle brackets are the target's own.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import Callable, Optional, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._object.source import Source

#: A flattened text longer than this is a mistake (headers that include each other without guards).
LARGEST_TEXT = 1 << 20

#: Headers within headers; clang takes 200.
_DEEPEST = 200

# Comments and literals come first, so that an include inside of one is not seen.
_TOKENS = re.compile(
    r"""
      /\*.*?\*/
    | //(?:\\\r?\n|[^\n])*
    | ^[ \t]*\#[ \t]*include[ \t]*"(?P<include>[^"\n]+)"(?://[^\n]*|/\*.*?\*/|[^\n])*
    | ^[ \t]*\#[ \t]*pragma[ \t]+(?P<once>once)\b[^\n]*
    | "(?:\\.|[^"\\\n])*"
    | '(?:\\.|[^'\\\n])*'
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)

# What bcc takes without complaint and does not do, or does where we do not want it.
_REFUSED = (
    (
        re.compile(r"""SEC\s*\(\s*"\.maps"\s*\)"""),
        'declares maps in SEC(".maps"), which bcc ignores. Declare them by bcc\'s macros, such as BPF_PERCPU_ARRAY',
    ),
    (
        re.compile(r"\bBPF_\w+_PINNED\w*\s*\(|maps/pinned"),
        "pins a map itself. Declare the map without a pin: xdp_pin pins every map of a program under its own directory",
    ),
)


#: Given the directory of the including file and the name in quotes: path and content, or ``None``.
FindHeader = Callable[[str, str], Optional[Tuple[str, str]]]


def decode(path: str, data: bytes) -> str:
    """The text of a C file; raises ``XdpError`` for what cannot be one."""
    try:
        text = data.decode("utf-8-sig")  # a mark at the start of the file would not be at the start any more
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise XdpError(f"{path} is neither C source nor an ELF object nor an object spec")
    return text


def read(path: str) -> str:
    """Read a C file; the error names it when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return decode(path, file.read())
    except OSError as error:
        raise XdpError(f"Cannot read the source {path}: {error.strerror}") from None


def header_finder(library: dict[str, str], read_file: Callable[[str], str] = read) -> FindHeader:
    """Look next to the including file, then among the headers that come with the collection."""

    def find(directory: str, name: str) -> tuple[str, str] | None:
        path = os.path.normpath(os.path.join(directory, name))
        # A header of the library has no directory: what it includes is of the library too.
        if os.path.isabs(path) and os.path.isfile(path):
            return path, read_file(path)
        return (name, library[name]) if name in library else None

    return find


def flatten(path: str, text: str, find_header: FindHeader) -> Source:
    """Put the quoted headers into the text, as the preprocessor would."""
    absolute = os.path.abspath(path)
    name = os.path.basename(absolute)
    flat = _flatten(absolute, name, text, find_header, os.path.dirname(absolute), (absolute,))
    code = _TOKENS.sub(lambda token: " " if token.group().startswith(("/*", "//")) else token.group(), flat)
    for pattern, why in _REFUSED:
        if pattern.search(code):
            raise XdpError(f"{path} {why}")
    return Source(name, flat)


def _flatten(path: str, shown: str, text: str, find_header: FindHeader, top: str, stack: tuple[str, ...]) -> str:
    parts = [_line_marker(1, shown)]
    guarded = False
    position = 0
    size = 0
    for token in _TOKENS.finditer(text):
        if token.group("once"):
            # It would stand in the main file now, where it means nothing.
            parts.append(text[position : token.start()])
            position = token.end()
            guarded = True
        if not token.group("include"):
            continue
        found = find_header(os.path.dirname(path), token.group("include"))
        if found is None:
            continue  # The compiler says so, if it comes to this line at all.
        header, content = found
        parts.append(text[position : token.start()])
        if len(stack) > _DEEPEST:
            raise XdpError(f"{stack[0]}: its headers include each other more than {_DEEPEST} deep")
        if header not in stack:
            name = os.path.relpath(header, top) if os.path.isabs(header) and top else header
            parts.append(_flatten(header, name, content, find_header, top, (*stack, header)))
            size += len(parts[-1])
            if size > LARGEST_TEXT:
                raise XdpError(
                    f"{stack[0]}: its headers include more than {LARGEST_TEXT >> 20} MiB. Are guards missing?"
                )
        parts.append(_line_marker(text.count("\n", 0, token.end()) + 2, shown).rstrip("\n"))
        position = token.end()
    parts.append(text[position:])
    if not parts[-1].endswith("\n"):
        parts.append("\n")
    if guarded:
        guard = "XDP_ONCE_" + hashlib.sha256(shown.encode()).hexdigest()[:16]
        return f"#ifndef {guard}\n#define {guard}\n{''.join(parts)}#endif\n"
    return "".join(parts)


def _line_marker(number: int, name: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'#line {number} "{quoted}"\n'
