# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module answers, whatever names it met."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.ebpf.xdp.plugins.module_utils import _module


def test_bytes_that_are_no_characters_spoil_no_answer() -> None:
    answer = _module._in_utf8({"pins": [{"path": "a\udcffb"}], "eth\udcff": ("\ud800", "ä", 1, None, True)})
    assert answer == {"pins": [{"path": "a\\udcffb"}], "eth\\udcff": ["\\ud800", "ä", 1, None, True]}
    json.dumps(answer, ensure_ascii=False).encode()


def test_what_failed_is_said_in_printable_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, Any] = {}

    def end(module: basic.AnsibleModule, msg: str, **more: Any) -> None:
        said.update(more, msg=msg)
        raise SystemExit(1)

    monkeypatch.setattr(basic.AnsibleModule, "__init__", lambda module: None)
    monkeypatch.setattr(basic.AnsibleModule, "fail_json", end)
    with pytest.raises(SystemExit):
        _module.XdpModule().fail_json(msg="There is no \x1b[2J", exception="a\nb\x07", rc=1)
    assert said == {"msg": "There is no \\x1b[2J", "exception": "a\nb\\x07", "rc": 1}


class Ended(Exception):
    """A module's end, with its answer."""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> _module.XdpModule:
    def fail(module: basic.AnsibleModule, msg: str, **more: Any) -> None:
        raise Ended(msg)

    monkeypatch.setattr(basic.AnsibleModule, "__init__", lambda module: None)
    monkeypatch.setattr(basic.AnsibleModule, "fail_json", fail)
    made = _module.XdpModule()
    made.params = {}
    return made


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MemoryError(), "This process ran out of memory"),
        (
            OSError(24, "Too many open files", "/x"),
            r"The system refused: /x: Too many open files \(EMFILE\). This process may",
        ),
        (OSError(1, "Operation not permitted", "bpf(2), BPF_X"), r"refused: bpf\(2\), BPF_X: Operation not permitted"),
        (KeyError("x"), "An internal error, please report it: KeyError: 'x'"),
    ],
)
def test_each_kind_of_error_is_told(module: _module.XdpModule, error: Exception, says: str) -> None:
    def work() -> dict[str, Any]:
        raise error

    with pytest.raises(Ended, match=says):
        _module.run(module, work)


@pytest.mark.parametrize("value", ["a\0b", "\ud800", ["eth0", "eth\0"]])
def test_texts_that_nothing_can_be_called_are_refused_before_anything_is_done(
    module: _module.XdpModule, value: Any
) -> None:
    module.params = {"name": "edge", "interval": 1.5, "objects": {"a": "\0"}, "wrong": value}
    with pytest.raises(Ended, match=r"^wrong: .* has a character in it that no name and no path can have"):
        _module.run(module, dict)
