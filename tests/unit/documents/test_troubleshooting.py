# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/troubleshooting.md has every message of the code, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents import messages

_ROOT = Path(__file__).parents[3]
_ROW = re.compile(r"^\| `(.+?)` \| (.+) \|$", re.MULTILINE)
_MESSAGES = messages.of_plugins(_ROOT / "plugins") + messages.of_roles(_ROOT / "roles")
_ROWS = [match.groups() for match in _ROW.finditer((_ROOT / "docs" / "troubleshooting.md").read_text())]


def _is(message: messages.Message, row: str) -> bool:
    return bool(re.fullmatch(message.pattern, row))


def test_messages_are_found() -> None:
    """Of each kind of place: an exception, a failure of a role, an answer of a function, a variable, a constant."""
    patterns = " ".join(message.pattern.replace("\\", "") for message in _MESSAGES)
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
    assert any(_is(message, row) for row, _advice in _ROWS), f"docs/troubleshooting.md lacks: {message.pattern}"


@pytest.mark.parametrize("row", [row for row, _advice in _ROWS])
def test_each_explained_message_is_one(row: str) -> None:
    assert any(_is(message, row) for message in _MESSAGES)


def test_each_message_is_explained_once() -> None:
    rows = [row for row, _advice in _ROWS]
    assert sorted(rows) == sorted({*rows})
