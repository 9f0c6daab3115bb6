# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fenced blocks of a Markdown document, and what the comments before them say is to be done with each.

A comment is an HTML comment on a line of its own, right before the block:

- ``<!-- file: NAME -->``: the block is the contents of this file, which something later uses.
- ``<!-- on: HOST -->``: the commands are run on this host instead of on the controller.
- ``<!-- fails: TEXT -->``: it has to fail, and to say this.
- ``<!-- printed -->``: these lines were printed by the block before, but for numbers.
- ``<!-- not run: REASON -->``: it is not run here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r"^( *)```(\S*)$")
_COMMENT = re.compile(r"^<!-- (file|on|fails|printed|not run)(?:: (.+))? -->$")
LANGUAGES = ("c", "cfg", "shell", "text", "yaml")

# What an example before has pinned is what these are about.
_ENDS = re.compile("state: (absent|confirmed|rolled_back)")
_REMOVE = """\
- name: Remove what other examples have pinned
  ebpf.xdp.xdp_pin: {name: "{{ item }}", state: absent}
  loop: [edge, filter]

"""


class WrongDocument(Exception):
    """The document is not written as it has to be; the text says where and why."""


class Block(NamedTuple):
    line: int
    language: str
    text: str
    #: What the comments say, by their first word.
    marks: dict[str, str]


def of(document: str) -> list[Block]:
    """The blocks in their order."""
    found: list[Block] = []
    marks: dict[str, str] = {}
    opened: tuple[int, str, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(document.splitlines(), 1):
        fence = _FENCE.match(line)
        comment = _COMMENT.match(line)
        if opened and fence and not fence[2]:
            found.append(_block(*opened, inside, marks))
            opened, inside, marks = None, [], {}
        elif opened:
            inside.append(line)
        elif fence:
            opened = number, fence[2], fence[1]
        elif comment:
            marks[comment[1]] = comment[2] or ""
        elif line.startswith("<!--") or marks:
            raise WrongDocument(f"line {number}: a comment that is not known, or not right before a block")
    if opened or marks:
        raise WrongDocument("it ends within a block, or with a comment")
    return found


def of_examples(module: str) -> Block:
    """A module's EXAMPLES. Each of them stands for itself: what others have pinned is removed before one that pins."""
    found = re.search(r'^EXAMPLES = r"""\n(.*?)^"""', module, re.MULTILINE | re.DOTALL)
    if not found:
        raise WrongDocument("it has no EXAMPLES")
    text = "".join(
        (_REMOVE if "ebpf.xdp.xdp_pin:" in example and not _ENDS.search(example) else "") + example + "\n"
        for example in re.split(r"\n(?=- name: )", found[1])
    )
    return Block(module[: found.start()].count("\n") + 1, "yaml", text, {})


def _block(line: int, language: str, indent: str, inside: list[str], marks: dict[str, str]) -> Block:
    if language not in LANGUAGES:
        raise WrongDocument(f"line {line}: the block says {language!r} and not one of {', '.join(LANGUAGES)}")
    if language in ("c", "cfg") and not {"file", "not run"} & marks.keys():
        raise WrongDocument(f"line {line}: a block of {language} without the name of its file")
    text = "".join(each[len(indent) :] + "\n" for each in inside)
    return Block(line, language, text, marks)
