# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/troubleshooting.md and the messages of the code agree.

What the page quotes, the code can say. What the code can say, the page explains, unless the message needs no
explanation: it tells the reader what to do, or what a wrong value has to be instead.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents import messages
from ansible_collections.ebpf.xdp.tests.unit.documents.files import blocks

_ROOT = Path(__file__).parents[3]
_PAGE = (_ROOT / "docs" / "troubleshooting.md").read_text()
_MESSAGES = messages.of_plugins(_ROOT / "plugins") + messages.of_roles(_ROOT / "roles")

#: A row of a table: messages that mean the same share one, each on a line of its own.
_ROW = re.compile(r"^\| (`.+?`(?:<br>`.+?`)*) \| (.+) \|$", re.MULTILINE)
_TABLES = [
    [(re.findall(r"`(.+?)`", cell), advice) for cell, advice in _ROW.findall(table)]
    for table in re.split(r"^### ", _PAGE, flags=re.MULTILINE)
]
_ROWS = [row for table in _TABLES for row in table]
#: The symptoms of the common problems.
_SYMPTOMS = [" ".join(block.text.split()) for block in blocks.of(_PAGE) if block.language == "text"]
_SAID = messages.said(_ROOT / "plugins", _ROOT / "roles")
_BY_PATTERN = {message.pattern: message for message in _MESSAGES}
_QUOTED = [message for quoted, _advice in _ROWS for message in quoted] + _SYMPTOMS

_VERBS = (
    "add|allow|build|capture|change|check|choose|compile|confirm|convert|correct|cut|declare|decompress|deploy|detach|end|"
    "expect|finish|free|give|guard|have|include|install|join|keep|leave|let|list|look|lower|make|mount|move|name|pass|pin|"
    "put|quote|raise|release|remove|rename|report|run|say|set|shorten|split|take|test|try|update|upgrade|use|wait|write"
)
#: A sentence, or a clause after a colon, that begins with what to do: "Set mode: generic", "To empty it, set ...".
_INSTRUCTS = re.compile(rf"(?:^|\(\?:|[.:;] )(?:(?:To|If|On) [^.]+, )?(?:{_VERBS}|{_VERBS.title()})\b")
#: What a value has to be, or what there is to choose from.
_EXPECTS = re.compile(
    r"\b(?:has|have|had) to be\b|\bwould have to be\b|\bis neither .+ nor .+|\bis not (?:a number )?from .+ to .+"
    r"|\bDid you mean\b|\bProbably .+ is meant|\bsuch as\b.+|\bat most\b|\bare possible\b|\bor later\b"
    r"|[.;] (?:They|It|There|An? \w+|Each|One \w+|The (?:flags|names)|Only \w+) (?:is|are|has|have|can)\b"
)

#: Where every message is a reason that ends another one, which is quoted here: the exact reason is for reports of
#: errors, and makes no difference to what is to be done.
_REASONS = {
    "module_utils/_btf/decode.py": "the BTF of the map is damaged: REASON",
    "module_utils/_btf/lazy.py": "The program NAME cannot be adapted to the running kernel: REASON",
    "module_utils/_btf/members.py": "constants: the object's BTF is damaged: REASON",
    "module_utils/_btf/read.py": "The object PATH has a damaged section .BTF: REASON",
    "module_utils/_btf/write.py": "The object PATH has a damaged section .BTF: REASON",
    "module_utils/_contents/pack.py": "ENTRIES cannot be read: they are damaged (WHY). Nothing was changed",
    "module_utils/_elf/container.py": "The object PATH REASON",
    "module_utils/_elf/functions.py": "The object PATH REASON",
    "module_utils/_elf/relocate.py": "The object PATH REASON",
    "module_utils/_elf/types.py": "The object PATH has a damaged section .BTF: REASON",
    "module_utils/_load/core_": "The program NAME cannot be adapted to the running kernel: REASON",
    "module_utils/_kept/kept.py": "PATH is damaged: REASON. Deploy the set once more",
    "module_utils/_spec/data_reader.py": "PATH is not an object spec: REASON",
    "module_utils/_spec/from_data.py": "PATH is not an object spec: REASON",
    "plugin_utils/_file_kind.py": "PATH is KIND. EXPECTED",
}
#: Words within another message, which is quoted here, that come from too far away for that to be found.
_PARTS = {
    " to .*": "The system refused: PATH: REASON",
    ", a libxdp dispatcher with other programs behind it": "PROGRAM, a libxdp dispatcher with other programs behind it",
    ", in its member .* (program .*)": (
        "The verifier rejects the program NAME, in its member MEMBER (program NAME). The last lines of its log: LOG"
    ),
    " (or set mode: native)": "vlan: frames reach the filter without their VLAN tags, …",
    ". Nothing was changed": "N of N packet tests failed. REASONS",
    "The object": "checksum: WHAT has sha256:DIGITS, and sha256:DIGITS was asked for. Nothing was changed",
    "ebpf.xdp object 1": "format is NAME, and this version knows NAME and NAME",
    "ebpf.xdp object 2": "format is NAME, and this version knows NAME and NAME",
    "attach the filter to .* instead of .*.*": "vlan: frames reach the filter without their VLAN tags, …",
    "it does not start": "Compiling SOURCE needs bcc, …",
    "its first line is not of the object that follows": "PATH is damaged: REASON. Deploy the set once more",
    "network namespace .*": "Left out: WHAT",
    "the interfaces below .*": "vlan: frames reach the filter without their VLAN tags, …",
    "of an unknown version": "PATH was written by ebpf.xdp VERSION, in format N. …",
    "pyroute2 before 0.6.5 cannot set XDP flags": "Attaching over netlink needs pyroute2 0.6.5 or later, …",
}


@functools.lru_cache(None)
def _quotable(pattern: str) -> tuple[list[re.Pattern[str]], re.Pattern[str]]:
    """What may be quoted of a message before an ellipsis, up to the end of a clause, and the whole."""
    ends = [cut.end(1) for cut in re.finditer(r"([.:;,?])\\ ", pattern)]
    return [re.compile(pattern[:end]) for end in ends if _balanced(pattern[:end])], re.compile(pattern)


def _balanced(pattern: str) -> bool:
    bare = re.sub(r"\\.", "", pattern)
    return bare.count("(") == bare.count(")") and not pattern.endswith("\\")


def _is(message: messages.Message, quoted: str) -> bool:
    beginnings, whole = _quotable(message.pattern)
    if not quoted.endswith(" …"):
        return bool(whole.fullmatch(quoted))
    return any(beginning.fullmatch(quoted[: -len(" …")]) for beginning in beginnings)


def _text(pattern: str) -> str:
    return pattern.replace("\\", "")


def _needs_no_row(message: messages.Message) -> bool:
    text = _text(message.pattern)
    return bool(_INSTRUCTS.search(text) or _EXPECTS.search(text))


def _is_quoted(message: messages.Message) -> bool:
    return any(_is(message, quoted) for quoted in _QUOTED)


def _is_a_part(message: messages.Message) -> bool:
    """Whether it is put into the middle of a message of the same directory: a name, a unit, a list of packages.

    A sentence of its own is none.
    """
    text = _text(message.pattern)
    if text in _PARTS:
        return True
    whole = _BY_PATTERN.get(message.whole)
    return (
        bool(re.match(r"[a-z,.; ]|\.\*", text))
        and whole is not None
        and whole is not message
        and Path(whole.where).parent == Path(message.where).parent
        and _is_explained(whole)
    )


def _is_a_reason(message: messages.Message) -> bool:
    return message.where.startswith(tuple(_REASONS))


@functools.lru_cache(None)
def _is_explained(message: messages.Message) -> bool:
    return _needs_no_row(message) or _is_a_reason(message) or _is_quoted(message) or _is_a_part(message)


def test_messages_are_found() -> None:
    """Of each kind of place: an exception, a failure of a role, an answer of a function, a variable, a constant."""
    patterns = " ".join(_text(message.pattern) for message in _MESSAGES)
    for text in (
        "Not privileged: .* missing. Run the task as root",
        "The services of this host are managed by .*, and this role",
        "The network card does not run programs itself",
        "This process may have .* files open",
        "which bcc cannot compile",
        "is not a number below .*",
        "it is in section .*, which is not for XDP programs",
    ):
        assert text in patterns
    assert len(_MESSAGES) > 200


@pytest.mark.parametrize("message", _MESSAGES, ids=lambda message: message.where)
def test_each_message_is_explained(message: messages.Message) -> None:
    """By the page, or by itself."""
    assert _is_explained(message), (
        f"say in the message what to do, or add to docs/troubleshooting.md: {message.pattern}"
    )


def _runs(quoted: str) -> list[str]:
    """What it has between its placeholders, which are in capitals, or between the values of a symptom; longest first."""
    return sorted((run.strip(" ,:'-") for run in re.findall(r"(?<!\.)[a-z][a-z ,:'-]*", quoted)), key=len, reverse=True)


@pytest.mark.parametrize("quoted", _QUOTED)
def test_each_quoted_message_is_one(quoted: str) -> None:
    """Its words have to be in the code as well: a message may be a pattern such as ``.*: .*``, which fits everything."""
    assert any(_is(message, quoted) for message in _MESSAGES)
    runs = [run for run in _runs(quoted) if len(run) >= 12] if quoted in _SYMPTOMS else _runs(quoted)[:1]
    assert any(run in _SAID for run in runs)


@pytest.mark.parametrize("where", _REASONS)
def test_the_message_around_a_reason_has_a_row(where: str) -> None:
    assert any(message.where.startswith(where) and not _needs_no_row(message) for message in _MESSAGES)
    assert _REASONS[where] in _QUOTED


@pytest.mark.parametrize("part", _PARTS)
def test_the_message_around_a_part_has_a_row(part: str) -> None:
    assert any(_text(message.pattern) == part for message in _MESSAGES)
    assert _PARTS[part] in _QUOTED


@pytest.mark.parametrize(
    "text",
    [
        "Cannot read PATH",
        "The verifier rejects the program NAME",
        "PATH is not a file",
        "it ends within an instruction",
        "The host has as many files open as it allows",
        "The map MAP is frozen: the kernel lets nobody change its entries",
        "NAME was left out: REASON",
        "Whether it took effect could not be determined",
    ],
)
def test_what_only_complains_needs_a_row(text: str) -> None:
    assert not _needs_no_row(messages.Message("", re.escape(text)))


@pytest.mark.parametrize(
    "text",
    [
        "Not privileged: CAP_NET_ADMIN missing. Run the task as root",
        "There are no entries. To empty the map, set allow_empty: true",
        "constants: NAME is 5, and has to be from 0 to 1",
        "default_action: maybe is neither pass nor drop",
    ],
)
def test_what_says_what_to_do_needs_none(text: str) -> None:
    assert _needs_no_row(messages.Message("", re.escape(text)))


def test_each_message_is_explained_once() -> None:
    quoted = [message for row, _advice in _ROWS for message in row]
    assert sorted(quoted) == sorted({*quoted})


def test_each_row_adds_something() -> None:
    """Words that would stand beside any message are no explanation."""
    empty = r"(?:As above|As it says|Part of|The same[.,]|Likewise|Correct it|Damaged)|.{0,10}$"
    assert [quoted for quoted, advice in _ROWS if re.match(empty, advice)] == []


def _order(text: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", text.lower()).strip()


def test_the_reference_is_sorted() -> None:
    """Both the areas and the messages of each."""
    areas = re.findall(r"^### (.+)$", _PAGE.partition("\n## Reference\n")[2], re.MULTILINE)
    assert len(areas) > 10
    assert areas == sorted(areas, key=_order)
    for table in _TABLES:
        first = [_order(quoted[0]) for quoted, _advice in table]
        assert first == sorted(first)
