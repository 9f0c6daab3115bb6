# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prose of a Markdown document: its paragraphs and sentences, without code, tables and comments.

And that of the documentation of modules and roles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_ITEM = re.compile(r"^ *(?:[-*+]|\d+\.) +")
_CODE = re.compile(r"(`+)(?:(?!\1).)+\1", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)", re.DOTALL)
# Ansible's markup: names of options, values, modules and so on.
_MARKUP = re.compile(r"\b(?:C|V|O|RV|E|M|P|U|L)\((?:[^()\\]|\\.)*\)")
_EMPHASIS = re.compile(r"\b[BI]\(([^()]*)\)")
#: What is prose in the documentation of a module or role.
_DESCRIBING = ("short_description", "description", "details", "notes", "requirements", "returned")
# A sentence ends before a blank and a capital, a digit or anything that begins a name in Markdown.
_SENTENCE = re.compile(r"""(?<=[.?!])[)*_"]*\s+(?=["*_`(\[]*[A-Z0-9«\[])""")
# What stands for code in a sentence: one word.
_NAME = "Code"


class Line(NamedTuple):
    number: int
    text: str


def lines(document: str) -> Iterator[list[Line]]:
    """The lines of each paragraph, heading or item of a list."""
    paragraph: list[Line] = []
    fenced = False
    for number, text in enumerate(document.splitlines(), 1):
        fence = text.lstrip().startswith("```")
        indented = text.startswith("    ") and not paragraph
        begins = text.startswith("#") or _ITEM.match(text) is not None
        skipped = fenced or fence or indented or text.startswith(("|", "<!--"))
        if paragraph and (skipped or begins or not text.strip()):
            yield paragraph
            paragraph = []
        if fence:
            fenced = not fenced
        elif text.strip() and not skipped:
            paragraph.append(Line(number, text))
            if text.startswith("#"):
                yield paragraph
                paragraph = []
    if paragraph:
        yield paragraph


def described(documentation: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Each text in the documentation of a module or role, with its place; what is marked up is a single word."""
    if not isinstance(documentation, dict):
        return
    for key, value in documentation.items():
        if key not in _DESCRIBING or isinstance(value, dict):
            yield from described(value, f"{where}.{key}".lstrip("."))
            continue
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                words = _EMPHASIS.sub(r"\1", _MARKUP.sub(_NAME, text))
                yield f"{where}.{key}".lstrip("."), " ".join(words.split())


def is_heading(paragraph: list[Line]) -> bool:
    return paragraph[0].text.startswith("#")


def plain(paragraph: list[Line]) -> str:
    """What one reads: links as their text, and code as a single word. Line breaks are kept."""
    text = _ITEM.sub("", "\n".join(line.text.strip() for line in paragraph))
    return _LINK.sub(r"\1", _IMAGE.sub("", _CODE.sub(_NAME, text)))


def sentences(paragraph: list[Line]) -> list[str]:
    return [" ".join(each.split()) for each in _SENTENCE.split(plain(paragraph)) if each.strip()]


def words(sentence: str) -> int:
    return len(re.findall(r"\S*\w\S*", sentence))


def could_break(line: str) -> bool:
    """Whether a line has a place for a line break. Code and images have none."""

    def joined(found: re.Match[str]) -> str:
        return found[0].replace(" ", "_")

    return " " in _CODE.sub(joined, _IMAGE.sub(joined, _ITEM.sub("", line).strip()))
