# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules ask for what they lack, and get it once."""

from __future__ import annotations

import copy
import io
import zipfile
from typing import Any

import pytest
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.action import xdp_boot, xdp_compile, xdp_map, xdp_pin
from ansible_collections.ebpf.xdp.plugins.module_utils import _parts
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import options, pack
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _contents_action
from ansible_collections.ebpf.xdp.plugins.plugin_utils._parts import Parts
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import SPEC
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils.actions import Action

ENTRIES = [{"key": 1}, {"key": 2}]
DIGEST = pack.digest(pack.pack(options.declared(ENTRIES).table))
ASKS = {"failed": True, "msg": "It lacks entries", options.NEEDED: [DIGEST]}
DONE = {"changed": True}


class Run(Action):
    """An action plugin and its module, which answers as it is told."""

    def __init__(self, plugin: Any, answers: list[dict[str, Any]], asynchronous: int = 0, **given: Any) -> None:
        super().__init__("", None, **given)
        self._task.async_val = asynchronous  # type: ignore[attr-defined]
        self.answers = answers
        self.given: list[dict[str, Any]] = []
        both = type("Both", (plugin.ActionModule,), {})
        self.plugin = both.__new__(both)
        self.plugin.__dict__.update(self.__dict__)
        for name in ("_make_tmp_path", "_transfer_data", "_fixup_perms2", "_find_needle"):
            setattr(self.plugin, name, getattr(self, name))
        self.plugin._execute_module = self._execute_module
        self.plugin.parts = Parts(self.plugin)

    def _execute_module(self, module_args: Any = None, **_how: Any) -> dict[str, Any]:  # type: ignore[override]
        self.given.append(copy.deepcopy(module_args))
        return dict(self.answers.pop(0))

    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = self.plugin.run(None, {})
        return result


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_contents_action, "_LARGEST_INLINE", 10)
    monkeypatch.setattr(ActionBase, "run", lambda self, tmp=None, task_vars=None: {})


def run_of(module: str, answers: list[dict[str, Any]], asynchronous: int = 0, **given: Any) -> Run:
    if module == "xdp_map":
        return Run(xdp_map, answers, asynchronous, map="m", entries=ENTRIES, **given)
    plugin = xdp_pin if module == "xdp_pin" else xdp_boot
    contents = [{"map": "m", "entries": ENTRIES}]
    return Run(plugin, answers, asynchronous, object=spec_text.to_json(SPEC), contents=contents, **given)


def packed(given: dict[str, Any]) -> Any:
    declared = given["contents"][0] if "contents" in given else given
    return declared["xdp_internal"]["packed"]


MODULES = pytest.mark.parametrize("module", ["xdp_map", "xdp_pin", "xdp_boot"])


@MODULES
def test_nothing_is_sent_that_is_there(module: str) -> None:
    run = run_of(module, [DONE])
    assert run.result() == DONE
    assert packed(run.given[0]) == {"digest": DIGEST}
    assert "'entries':" not in str(run.given)
    assert run.sent == {}


@MODULES
def test_what_is_lacking_is_sent(module: str) -> None:
    run = run_of(module, [ASKS, DONE])
    assert run.result() == DONE
    assert packed(run.given[0]) == {"digest": DIGEST}
    assert packed(run.given[1]) == {"digest": DIGEST, "path": f"/tmp/ansible/{DIGEST}.packed"}
    assert list(run.sent) == [f"/tmp/ansible/{DIGEST}.packed"]


@MODULES
def test_what_a_module_has_warned_of_is_not_lost_when_it_is_asked_again(module: str) -> None:
    needs = {"failed": True, "msg": "It lacks a part", _parts.NEEDED: ["_trial"]}
    answers = [
        {**ASKS, "warnings": ["a trial expired", "both"]},
        {**needs, "warnings": ["both"]},
        {**DONE, "warnings": ["both", "own"]},
    ]
    assert run_of(module, answers).result()["warnings"] == ["a trial expired", "both", "own"]


@MODULES
def test_a_module_that_goes_on_asking_fails(module: str) -> None:
    run = run_of(module, [ASKS, ASKS])
    assert run.result() == {"failed": True, "msg": "It lacks entries"}
    assert len(run.given) == 2


@MODULES
def test_an_async_task_gets_all_at_once(module: str) -> None:
    run = run_of(module, [{"started": 1}], 60)
    assert run.result() == {"started": 1}
    assert "path" in packed(run.given[0])


@MODULES
def test_the_place_of_an_entry_is_put_before_the_message(module: str) -> None:
    wrong = {"failed": True, "msg": "It is odd", "exception": "It is odd", "_entry": {"map": "m", "block": 0, "row": 1}}
    within = "" if module == "xdp_map" else "contents[0]."
    assert run_of(module, [ASKS, wrong]).result() == {"failed": True, "msg": f"{within}entries[1]: It is odd"}


def test_headers_and_entries_may_both_be_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = {"failed": True, "msg": "It lacks headers", "_headers_needed": ["vmlinux.h", "unknown.h"]}
    for order in ([needs, ASKS, DONE], [ASKS, needs, DONE], [{**ASKS, **needs}, DONE]):
        run = run_of("xdp_pin", [*order])
        arguments = {"contents": [{"map": "m", "_packed": {"digest": DIGEST}}]}
        contents = _contents_action.Contents(run)  # type: ignore[arg-type]
        arguments["contents"] = contents.list_of([{"map": "m", "entries": ENTRIES}])
        sent: list[dict[str, str]] = []
        run.plugin._send = lambda headers, sent=sent: sent.append(headers) or {name: f"/t/{name}" for name in headers}
        assert run.plugin._answer(arguments, {"vmlinux.h": "/srv/vmlinux.h"}, contents, {}) == DONE
        assert sent == [{"vmlinux.h": "/srv/vmlinux.h"}]
        assert run.given[-1]["xdp_internal"]["sent"] == {"vmlinux.h": "/t/vmlinux.h"}
        assert "path" in packed(run.given[-1])


@MODULES
def test_parts_that_are_lacking_are_sent_once(module: str) -> None:
    needs = {"failed": True, "msg": "It lacks a part", _parts.NEEDED: ["_trial"]}
    run = run_of(module, [needs, DONE])
    assert run.result() == DONE
    assert run.given[1]["xdp_internal"]["parts"] in run.sent
    assert "parts" not in run.given[0].get("xdp_internal", {})
    run = run_of(module, [needs, needs])
    assert run.result() == {"failed": True, "msg": "It lacks a part"}


def test_several_parts_and_entries_may_be_lacking() -> None:
    first = {**ASKS, _parts.NEEDED: ["_trial"]}
    second = {"failed": True, "msg": "It lacks a part", _parts.NEEDED: ["_elf", "../../etc"]}
    run = run_of("xdp_pin", [first, second, DONE])
    assert run.result() == DONE
    with zipfile.ZipFile(io.BytesIO(run.sent[run.given[2]["xdp_internal"]["parts"]])) as archive:
        assert {name.split("/")[-2] for name in archive.namelist()} == {"_elf", "_trial"}


def test_what_is_removed_has_no_contents() -> None:
    run = run_of("xdp_pin", [DONE], state="absent")
    assert run.result() == DONE
    assert "contents" not in run.given[0]


def test_a_module_without_contents_refuses_them_itself() -> None:
    run = Run(xdp_compile, [DONE], object=spec_text.to_json(SPEC), contents=[{"map": "m"}])
    assert run.result() == DONE
    assert run.given[0]["contents"] == [{"map": "m"}]
