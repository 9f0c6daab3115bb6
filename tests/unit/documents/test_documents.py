# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be seen of the documents without running what is in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents.files import DOCUMENTS, MODULES, ROOT, TARGET, blocks, name

#: Without blocks to follow.
POLICIES = sorted({*ROOT.glob("*.md")} - {*DOCUMENTS})

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def _anchors(text: str) -> set[str]:
    """As the usual renderers make them of headings."""
    headings = re.findall(r"^#+ (.+)$", _CODE.sub(lambda code: code[0].strip("`"), text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_all_documents_are_followed() -> None:
    """ansible-test copies what the aliases name, and nothing else; the last one is for those who follow."""
    aliases = (TARGET / "aliases").read_text().splitlines()
    needed = [line[len("needs/file/") :] for line in aliases if line.startswith("needs/file/")]
    assert sorted(needed) == sorted([*(name(path) for path in DOCUMENTS + MODULES), "tests/kept_bytecode.py"])


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_blocks_say_what_they_are(path: Path) -> None:
    for block in blocks.of(path.read_text()):
        assert block.text.strip()
        assert block.marks.get("not run", "because") != ""


@pytest.mark.parametrize("path", DOCUMENTS + POLICIES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in _LINK.findall(_CODE.sub("", path.read_text())):
        target, _hash, anchor = link.partition("#")
        if "://" in target:
            continue
        file = path.parent / target if target else path
        assert file.exists(), link
        assert not anchor or anchor in _anchors(file.read_text()), link


def test_the_index_has_all_documents() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    links = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in _LINK.findall(index) if "://" not in link}
    assert {path.resolve() for path in DOCUMENTS} - links == {(ROOT / "docs" / "README.md").resolve()}
