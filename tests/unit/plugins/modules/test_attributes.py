# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation of a module promises by its attributes is what its code does."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible_collections.ebpf.xdp.plugins import modules

COLLECTION = Path(next(iter(modules.__path__))).parent.parent
PACKAGE = "ansible_collections.ebpf.xdp.plugins"
PATHS = sorted((COLLECTION / "plugins/modules").glob("xdp_*.py"))
NAMES = [path.stem for path in PATHS if "def main(" in path.read_text()]
#: Those for which hosts run another module: action plugins, whose documentation is a module's.
OTHER_MODULE = ["xdp_filter"]
#: Those of the controller alone: the same.
ACTIONS = [path.stem for path in PATHS if path.stem not in (*NAMES, *OTHER_MODULE)]


class Declared(Exception):
    """Instead of a start of the module: what it told ``AnsibleModule`` of itself."""


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.modules.{name}")


def attributes(name: str) -> dict[str, dict[str, Any]]:
    """Those of the module's fragments with its own on top, as ansible-doc merges them."""
    documentation = yaml.safe_load(module(name).DOCUMENTATION)
    merged: dict[str, dict[str, Any]] = {}
    for fragment in documentation["extends_documentation_fragment"]:
        if not fragment.startswith("ebpf.xdp."):
            continue
        file, _dot, section = fragment[len("ebpf.xdp.") :].partition(".")
        fragments = importlib.import_module(f"{PACKAGE}.doc_fragments.{file}").ModuleDocFragment
        parsed = yaml.safe_load(getattr(fragments, section.upper() or "DOCUMENTATION"))
        for attribute, facts in parsed.get("attributes", {}).items():
            merged.setdefault(attribute, {}).update(facts)
    for attribute, facts in documentation.get("attributes", {}).items():
        merged.setdefault(attribute, {}).update(facts)
    return merged


def declared(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    def tell(**arguments: Any) -> None:
        raise Declared(arguments)

    monkeypatch.setattr(module(name), "XdpModule", tell)
    with pytest.raises(Declared) as caught:
        module(name).main()
    arguments: dict[str, Any] = caught.value.args[0]
    return arguments


def test_there_are_modules() -> None:
    assert "xdp_pin" in NAMES and "xdp_report" in ACTIONS


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_run_on_the_controller_alone(name: str) -> None:
    found = attributes(name)
    plugin = importlib.import_module(f"{PACKAGE}.action.{name}").ActionModule
    assert not plugin._requires_connection and not plugin.TRANSFERS_FILES
    assert (found["action"]["support"], found["platform"]["platforms"]) == ("full", "posix")
    assert (found["check_mode"]["support"] == "full") == plugin._supports_check_mode


@pytest.mark.parametrize("name", OTHER_MODULE)
def test_what_hosts_run_another_module_for_is_what_that_is(name: str) -> None:
    plugin = importlib.import_module(f"{PACKAGE}.action.{name}").ActionModule
    found, others = attributes(name), attributes(plugin.PINS_AS.rpartition(".")[2])
    assert found["action"]["support"] == "full"
    for attribute in ("check_mode", "diff_mode", "idempotent", "platform", "action_group"):
        assert {**found[attribute], "details": None} == {**others[attribute], "details": None}


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_supports(name: str) -> None:
    found = attributes(name)
    assert {"check_mode", "diff_mode", "idempotent", "platform"} <= set(found)
    for attribute, facts in found.items():
        assert facts["description"], attribute
        assert facts["support"] in ("full", "partial", "none", "N/A"), attribute
        assert facts["support"] in ("full", "none") or facts["details"], attribute
    assert found["platform"]["platforms"] == "linux"


@pytest.mark.parametrize("name", NAMES)
def test_check_mode(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    supported = declared(name, monkeypatch).get("supports_check_mode", False)
    assert (attributes(name)["check_mode"]["support"] != "none") == supported


@pytest.mark.parametrize("name", NAMES)
def test_diff_mode(name: str) -> None:
    makes_diffs = "._diff" in inspect.getsource(module(name))
    assert (attributes(name)["diff_mode"]["support"] in ("full", "partial")) == makes_diffs


@pytest.mark.parametrize("name", NAMES)
def test_those_that_only_look_say_so(name: str) -> None:
    assert (attributes(name)["diff_mode"]["support"] == "N/A") == (
        name.endswith("_info") or name in ("xdp_stats", "xdp_test")
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_part_on_the_controller(name: str) -> None:
    assert ("action" in attributes(name)) == (COLLECTION / f"plugins/action/{name}.py").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_groups_for_defaults(name: str) -> None:
    runtime = yaml.safe_load((COLLECTION / "meta/runtime.yml").read_text())
    member_of = [f"ebpf.xdp.{group}" for group, members in runtime["action_groups"].items() if name in members]
    assert attributes(name).get("action_group", {}).get("membership", []) == member_of
