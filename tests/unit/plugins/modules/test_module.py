# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module answers, whatever names it met."""

from __future__ import annotations

import hashlib
import inspect
import json
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal, _module


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
    assert said.pop("invocation") == {"module_args": {}}
    assert said == {"msg": "There is no \\x1b[2J", "exception": "a\nb\\x07", "rc": 1}


ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str"},
    "defines": {"type": "dict"},
    "object": {"type": "dict"},
    "interfaces": {"type": "list", "elements": "str"},
    **_internal.ARGUMENT,
}

GIVEN: dict[str, Any] = {
    "name": "edge",
    "defines": {"B": "hidden", "A": 1},
    "object": {"digest": "d" * 64, "programs": [{"instructions": "x" * 9000}]},
    "interfaces": ["eth0", "eth1"],
    "xdp_internal": {"text": "int a;" * 100_000, "headers": {"xdp_stats.h": "y" * 9000}},
}

SHOWN = {
    "name": "edge",
    "defines": "<A, B>",
    "object": f"<object {'d' * 64}>",
    "interfaces": ["eth0", "eth1"],
    "_text": "<600000 bytes, sha256:" + hashlib.sha256(b"int a;" * 100_000).hexdigest() + ">",
    "_headers": "<xdp_stats.h>",
}

ASKS = "_ansible_inject_invocation" in inspect.getsource(basic)


def answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: dict[str, Any]
) -> tuple[str, Any]:
    """What is logged, and what a module answers that is given these options; core 2.21 has to be asked for the invocation."""
    logged: list[str] = []
    monkeypatch.setattr(
        basic.AnsibleModule, "log", lambda module, msg, log_args=None: logged.append(f"{msg} {log_args}")
    )
    asked = {"_ansible_inject_invocation": True} if ASKS else {}
    with patch_module_args({**given, **asked}), pytest.raises(SystemExit):
        module = _module.XdpModule(ARGUMENTS)
        _internal.unpack(module.params)
        _module.run(module, lambda: {"changed": False})
    return "".join(logged), json.loads(capsys.readouterr().out)


def test_programs_are_logged_and_shown_by_name_size_and_digest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logged, result = answer(monkeypatch, capsys, GIVEN)
    # What the action plugin has not set is not shown.
    assert result["invocation"]["module_args"] == SHOWN
    assert "name=edge" in logged and "xdp_internal=<headers, text>" in logged and "defines=<A, B>" in logged
    assert len(logged) < 2000 and "int a;" not in logged and "hidden" not in logged


def test_lists_of_dictionaries_are_shown_by_their_keys() -> None:
    contents = [
        {"map": "m", "_packed": {"data": "c2VjcmV0"}, "_renewed": False},
        {"map": "n", "default_value": "secret", "_packed": None},
    ]
    shown = _module.shown_options({"contents": contents, "many": contents * 100, "half": "\ud83d" * 300})
    assert shown["half"].startswith("<900 bytes, sha256:")
    assert shown["contents"] == "<_packed, map>, <default_value, map>"
    assert " bytes, sha256:" in shown["many"] and len(shown["many"]) < 100


def test_the_options_of_the_action_plugins_are_not_offered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _logged, result = answer(monkeypatch, capsys, {**GIVEN, "nmae": "edge"})
    assert "Supported parameters include: defines, interfaces, name, object." in result["msg"]
    assert result["invocation"]["module_args"]["xdp_internal"] == "<headers, text>"


def test_a_zero_byte_reaches_no_log(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    logged, result = answer(monkeypatch, capsys, {"name": "a\0b"})
    assert "\0" not in logged and r"a\x00b" in logged
    assert "contains a character that no name or path can have" in result["msg"]


def test_the_work_gets_the_options_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda module, msg, log_args=None: None)
    with patch_module_args(GIVEN):
        params = _module.XdpModule(ARGUMENTS).params
    _internal.unpack(params)
    internal = GIVEN["xdp_internal"]
    assert "xdp_internal" not in params
    assert {"_text": params["_text"], "_headers": params["_headers"]} == {
        f"_{name}": internal[name] for name in internal
    }
    assert {name: params[name] for name in GIVEN if name != "xdp_internal"}.items() <= GIVEN.items()


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
    with pytest.raises(Ended, match=r"^wrong: .* contains a character that no name or path can have"):
        _module.run(module, dict)
