# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents are written in plain English: usual words, short sentences in the first guides, lines of 100 columns.

The documentation of modules and roles has the same usual words.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from ansible_collections.ebpf.xdp.tests.unit.documents import prose
from ansible_collections.ebpf.xdp.tests.unit.documents.files import (
    ARGUMENT_SPECS,
    DOCUMENTS,
    FRAGMENTS,
    MODULES,
    ROOT,
    name,
    texts,
)

WRITTEN = [*DOCUMENTS, ROOT / "CONTRIBUTING.md"]
#: What somebody reads who does not know the project.
FIRST = [
    ROOT / "README.md",
    *(ROOT / "docs" / f"{guide}.md" for guide in ("concepts", "do-not-lock-yourself-out", "filter", "first-pin")),
]
COLUMNS = 100
WORDS = 30


class Phrase(NamedTuple):
    #: What to avoid, in the text that one reads; "Code" stands for code.
    pattern: str
    better: str
    #: A sentence that it finds, and how to write that.
    wrong: str
    right: str


PHRASES = [
    Phrase(
        r"\bbelongs? into\b",
        "belongs in; keep it in",
        "What is to outlive an upgrade belongs into a map",
        "Keep anything that must survive an upgrade in a map",
    ),
    Phrase(
        r"\b(?:what|whoever|those (?:who|that|which)|that|which|who) (?:is|are|was|were) to [a-z]+",
        "what must …; what you want to …",
        "What is to outlive an upgrade",
        "Anything that must survive an upgrade",
    ),
    Phrase(
        r"\bother eyes\b",
        "verifies independently",
        "It sees with other eyes (ip)",
        "It verifies independently, with ip",
    ),
    Phrase(
        r"\b(?:else|others) than\b",
        "others; anybody except",
        "A file that somebody else than its owner could have written is not loaded",
        "Files that others can write to are not loaded",
    ),
    Phrase(
        r", nor (?:one|ones|any|what|those)\b",
        "or; two clauses with and",
        "A file is not loaded, nor one that is not root's",
        "Files that root does not own, or that others can write to, are not loaded",
    ),
    Phrase(
        r"\bwhom(?:so)?ever\b",
        "whoever did it",
        "It lists what is pinned, by whomever",
        "It lists everything that is pinned, whoever pinned it",
    ),
    Phrase(
        r"\b(?:with (?:a|a clear|a plain|these|those|clear|plain) words?|without a word|in clear words)\b",
        "with a clear error; silently",
        "It is refused with a clear word",
        "It fails with a clear error",
    ),
    Phrase(
        r"\bforet(?:ell|old)|\bwhat [^.;:]{1,30} comes? to\b",
        "predict",
        "It cannot foretell what Code comes to",
        "It cannot predict which mode Code selects",
    ),
    Phrase(
        r"\bto hear what\b|\bha(?:s|ve|d) its say\b",
        "so that the verifier checks it",
        "It is loaded to hear what the verifier says",
        "It is loaded so that the verifier checks it",
    ),
    Phrase(
        r"\b(?:let|lets|letting)(?: \w+){0,3} go\b(?! on| ahead)",
        "release; detach",
        "Then it is let go again",
        "Then it is released",
    ),
    Phrase(
        r"(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|later\b|earlier\b|such\b|one\b|other\b)[\w-]+",
        "is not; is not a; is not valid",
        "Names of bytes that are no UTF-8 are escaped",
        "Names of bytes that are not valid UTF-8 are escaped",
    ),
    Phrase(
        r"\bfor want of\b|\bfor lack of one\b",
        "skipped, because none was found",
        "The test did not run for want of one",
        "The test was skipped, because none was found",
    ),
    Phrase(
        r"\bas (?:it|they|he|she|we|you) (?:has|have|had) to be\b",
        "desired state; as declared",
        "The edge routers as they have to be",
        "Desired state of the edge routers",
    ),
    Phrase(
        r"\b(?:a|the) wish (?:to|for)\b|\bwishes (?:to|for|are)\b|\bgranted to\b",
        "requests are honoured",
        "A wish to be pinned by name is granted to every map",
        "Code requests are honoured: every map is pinned by its name",
    ),
    Phrase(
        r"\bone's own\b",
        "its own; your own",
        "It runs in a namespace of one's own",
        "It runs in its own namespace",
    ),
    Phrase(
        r"\b(?:tell|tells|told) what\b|\bwhat (?:all )?there is\b",
        "list; show; report",
        "The modules tell what is there",
        "The modules list what is pinned",
    ),
    Phrase(
        r"\b(?:what|whatever|that) is there\b(?! to\b)",
        "the current state; what exists; what is pinned",
        "It compares what is there with what is declared",
        "It compares the current state with the declared one",
    ),
    Phrase(
        r"\b(?:is|are|was|were|been) taken for\b",
        "is treated as; is mistaken for",
        "A record without an end is taken for damaged",
        "A record without an end is treated as damaged",
    ),
    Phrase(
        r"\bbut for\b",
        "except for",
        "The check mode predicts everything but for the driver's answer",
        "The check mode predicts everything except for the driver's answer",
    ),
    Phrase(
        r"\bas (?:\w+ )?(?:other|others|all|any) (?:is|are|do|does|has|have)\b",
        "like the others",
        "It is walked as others are",
        "It is skipped like the others",
    ),
    Phrase(
        r"\bwithout (?:any )?further ado\b|\bin vain\b|\bsaid aloud\b|\bhenceforth\b|\bthereof\b|\bwhereof\b",
        "plain words: automatically, without success, reported",
        "The source is compiled by clang without further ado",
        "The source is compiled by clang automatically",
    ),
]


def _found(paragraph: list[prose.Line]) -> list[str]:
    """What a paragraph has of the phrases to avoid, with its line and better words."""
    text = prose.plain(paragraph)
    found = []
    for phrase in PHRASES:
        # A phrase may go over the end of a line.
        for match in re.finditer(phrase.pattern, text.replace("\n", " "), re.IGNORECASE):
            number = paragraph[0].number + text[: match.start()].count("\n")
            found.append(f"line {number}: {match[0]!r}: write {phrase.better}")
    return found


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_phrases_are_usual_ones(path: Path) -> None:
    assert [each for paragraph in prose.lines(path.read_text()) for each in _found(paragraph)] == []


@pytest.mark.parametrize("path", [*MODULES, *FRAGMENTS, *ARGUMENT_SPECS], ids=name)
def test_phrases_of_modules_and_roles_are_usual_ones(path: Path) -> None:
    if path in ARGUMENT_SPECS:
        documentation = [path.read_text()]
    else:
        documentation = [text for which, text in texts(path).items() if which != "EXAMPLES" and which.isupper()]
    found = [
        f"{where}: {each}"
        for text in documentation
        for where, words in prose.described(yaml.safe_load(text))
        for each in _found([prose.Line(1, words)])
    ]
    assert found == []


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_lines_are_not_wide(path: Path) -> None:
    paragraphs = [paragraph for paragraph in prose.lines(path.read_text()) if not prose.is_heading(paragraph)]
    wide = [line for paragraph in paragraphs for line in paragraph if len(line.text) > COLUMNS]
    assert [f"line {line.number}: {len(line.text)} columns" for line in wide if prose.could_break(line.text)] == []


@pytest.mark.parametrize("path", FIRST, ids=name)
def test_sentences_are_short(path: Path) -> None:
    assert [
        f"from line {paragraph[0].number}: {prose.words(sentence)} words: {sentence}"
        for paragraph in prose.lines(path.read_text())
        for sentence in prose.sentences(paragraph)
        if prose.words(sentence) > WORDS
    ] == []


@pytest.mark.parametrize("phrase", PHRASES, ids=[phrase.wrong for phrase in PHRASES])
def test_a_phrase_is_found_and_its_better_words_pass(phrase: Phrase) -> None:
    broken = [prose.Line(number, word) for number, word in enumerate(phrase.wrong.split(), 1)]
    assert any(phrase.better in each for each in _found([prose.Line(1, phrase.wrong)]))
    assert any(phrase.better in each for each in _found(broken))
    assert _found([prose.Line(1, phrase.right)]) == []


_DOCUMENT = """\
# A heading. With two sentences

First one, with `code. Not
one` here. See [the
page](page.md). *Third.* Fourth ends: 1.5 seconds.

| a table | as it has to be |

    indented, as it has to be

<!-- not run: as it has to be -->
```shell
as it has to be
```
- An item
  of two lines.
- Another. `xdp_pin` too.
![A picture](picture.svg)
"""


def test_prose_is_what_one_reads() -> None:
    paragraphs = list(prose.lines(_DOCUMENT))
    assert [paragraph[0].number for paragraph in paragraphs] == [1, 3, 15, 17]
    assert [prose.is_heading(paragraph) for paragraph in paragraphs] == [True, False, False, False]
    assert [prose.sentences(paragraph) for paragraph in paragraphs[1:]] == [
        ["First one, with Code here.", "See the page.", "*Third.", "Fourth ends: 1.5 seconds."],
        ["An item of two lines."],
        ["Another.", "Code too."],
    ]


def test_texts_of_documentation_are_found_at_any_depth() -> None:
    options = {"mode": {"description": ["By C(ip\nlink),", "or I(not)."], "type": "str", "default": "auto"}}
    documentation = {"short_description": "Pin", "options": options, "notes": ["O(mode=auto) is usual."]}
    assert list(prose.described(documentation)) == [
        ("short_description", "Pin"),
        ("options.mode.description", "By Code,"),
        ("options.mode.description", "or not."),
        ("notes", "Code is usual."),
    ]


def test_words_are_counted() -> None:
    assert prose.words("Each rule counts, and - of course - 1.5 too.") == 8


def test_lines_break_at_blanks_alone() -> None:
    assert prose.could_break("- two words")
    assert not prose.could_break("- [link](https://example.org/a/long/address)")
    assert not prose.could_break("`code with blanks`")
    assert not prose.could_break("![A picture with a text](picture.svg)")
