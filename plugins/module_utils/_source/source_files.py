# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""C source as one text that can travel: quoted headers put in where they are included.

bcc rewrites map accesses (``table.lookup(&key)``) in the main file only
(b_frontend_action.cc: ``getMainFileID``); in a header, they compile into
nonsense without an error. So headers of the program become part of the main text,
with ``#line`` markers that keep file names and line numbers in messages right.
Headers in angle brackets are the target's own.

``vmlinux.h`` has some 3 MB, so that it stays apart: the text goes on including it,
and its digest stands for it until there is something to compile.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import Callable, List, Optional, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Header, Source

#: A flattened text longer than this is a mistake (headers that include each other without guards).
LARGEST_TEXT = 1 << 20

#: Bytes of one file. Far more than any program that the kernel takes; a disk image named by mistake is not read whole.
LARGEST_FILE = 4 << 20

# Headers of this name have the types of a whole kernel: bpftool makes them.
_KERNEL_TYPES = re.compile(r"vmlinux[\w.-]*\.h")

# Bytes of such a header, and from how many on it stays apart from the text: some are cut down to a few types.
_LARGEST_KERNEL_TYPES = 32 << 20
_LARGEST_IN_TEXT = 64 << 10

#: Headers within headers; clang takes 200.
_DEEPEST = 200

# Comments and literals come first, so that an include inside of one is not seen. No part of this can fail after
# reading far ahead, which keeps the work linear in the text: a comment without an end lasts to the end of the file,
# and a quote without its twin to the end of the line, as in clang (Lexer::LexCharConstant).
_COMMENT = r"/\*.*?(?:\*/|\Z)|//[^\n\\]*(?:\\(?:\r?\n)?[^\n\\]*)*"
_TOKENS = re.compile(
    _COMMENT
    + r"""
    | ^[ \t]*\#[ \t]*include[ \t]*"(?P<include>[^"\n]+)"
    | ^[ \t]*\#[ \t]*pragma[ \t]+(?P<once>once)\b[^\n]*
    | "[^"\\\n]*(?:\\.[^"\\\n]*)*"?
    | '[^'\\\n]*(?:\\.[^'\\\n]*)*'?
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)

# What is left of an include's line, with the comments that begin there.
_REST_OF_LINE = re.compile(rf"(?:[^\n/]+|{_COMMENT}|/)*", re.DOTALL)


class TooLarge(XdpError):
    """More text than the source of an XDP program has."""


#: Pieces of a text, to be joined.
Parts = List[str]

#: Given the directory of the including file and the name in quotes: path and content, or ``None``.
FindHeader = Callable[[str, str], Optional[Tuple[str, str]]]


def decode(path: str, data: bytes) -> str:
    """The text of a C file; raises ``XdpError`` for what cannot be one. Of a large file the first bytes are enough."""
    largest = _largest(path)
    if len(data) > largest:
        raise TooLarge(
            f"{path} is larger than {largest >> 20} MiB, which no C source of an XDP program is. Is it the right file?"
        )
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
            data = file.read(_largest(path) + 1)
    except OSError as error:
        raise XdpError(f"Cannot read the source {path}: {error.strerror}") from error
    return decode(path, data)


def header_finder(library: dict[str, str], read_file: Callable[[str], str] = read) -> FindHeader:
    """Look next to the including file, then among the headers that come with the collection. Each file is read once."""
    known: dict[str, str] = {}

    def find(directory: str, name: str) -> tuple[str, str] | None:
        path = os.path.normpath(os.path.join(directory, name))
        # A header of the library has no directory: what it includes is of the library too.
        if os.path.isabs(path) and os.path.isfile(path):
            if path not in known:
                known[path] = read_file(path)
            return path, known[path]
        return (name, library[name]) if name in library else None

    return find


def flatten(path: str, text: str, find_header: FindHeader) -> Source:
    """Put the quoted headers into the text, as the preprocessor would."""
    absolute = os.path.abspath(path)
    name = os.path.basename(absolute)
    apart: dict[str, Header] = {}
    flat = _flatten(absolute, name, text, find_header, os.path.dirname(absolute), (absolute,), apart)
    return Source(name, flat, tuple(apart.values()))


def _largest(path: str) -> int:
    """Bytes that a file of this name may have."""
    return _LARGEST_KERNEL_TYPES if _KERNEL_TYPES.fullmatch(os.path.basename(path)) else LARGEST_FILE


def _kept_apart(path: str, content: str, apart: dict[str, Header]) -> str | None:
    """The name by which the text goes on including a header of the kernel's types; ``None`` for all others."""
    name = os.path.basename(path)
    if len(content) <= _LARGEST_IN_TEXT or not _KERNEL_TYPES.fullmatch(name):
        return None
    if name not in apart:
        apart[name] = Header(name, hashlib.sha256(content.encode()).hexdigest(), path)
    elif apart[name].path != path:
        raise XdpError(f"{path} and {apart[name].path} are both included. Include one {name}")
    return name


def without_comments(text: str) -> str:
    """The text with a blank for each comment."""
    return _TOKENS.sub(lambda token: " " if token.group().startswith(("/*", "//")) else token.group(), text)


def _flatten(
    path: str,
    shown: str,
    text: str,
    find_header: FindHeader,
    top: str,
    stack: tuple[str, ...],
    apart: dict[str, Header],
) -> str:
    parts = [_line_marker(1, shown)]
    guarded = False
    position = 0
    size = 0
    counted = 0
    line = 1  # of the character at ``counted``
    for token in _TOKENS.finditer(text):
        if token.start() < position:
            continue  # within a comment at the end of an include's line
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
        kept = _kept_apart(header, content, apart)
        if kept is not None:
            parts.append(f'#include "{kept}"')
            position = token.end()
            continue
        if len(stack) > _DEEPEST:
            raise XdpError(f"{stack[0]}: its headers include each other more than {_DEEPEST} deep")
        if header not in stack:
            name = os.path.relpath(header, top) if os.path.isabs(header) and top else header
            parts.append(_flatten(header, name, content, find_header, top, (*stack, header), apart))
            size += len(parts[-1])
        position = _end_of_line(text, token.end())
        line += text.count("\n", counted, position)
        counted = position
        parts.append(_line_marker(line + 1, shown).rstrip("\n"))
        size += len(parts[-1])
        if size > LARGEST_TEXT:
            raise TooLarge(f"{stack[0]}: its headers include more than {LARGEST_TEXT >> 20} MiB. Are guards missing?")
    parts.append(text[position:])
    if not parts[-1].endswith("\n"):
        parts.append("\n")
    return "".join(_guarded(parts, shown) if guarded else parts)


def _guarded(parts: Parts, shown: str) -> Parts:
    """What ``#pragma once`` means, by other means."""
    guard = "XDP_ONCE_" + hashlib.sha256(shown.encode()).hexdigest()[:16]
    return [f"#ifndef {guard}\n#define {guard}\n", *parts, "#endif\n"]


def _end_of_line(text: str, position: int) -> int:
    rest = _REST_OF_LINE.match(text, position)
    return rest.end() if rest else position


def _line_marker(number: int, name: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'#line {number} "{quoted}"\n'
