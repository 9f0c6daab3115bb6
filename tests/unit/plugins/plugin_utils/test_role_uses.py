# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays as ansible-core loads them, and which sets the role declares in them."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from typing import Any, NamedTuple

import pytest

_HEAD = """\
- hosts: localhost
  gather_facts: false
  vars: {common: from_play}
"""
_ASK = """\
  tasks:
    - ansible.builtin.debug:
"""
_ROLE = "ebpf.xdp.xdp_program"


class _Found(NamedTuple):
    names: list[str]
    unknown: list[str]


_KNOWN = [
    pytest.param(_ASK, set(), id="none"),
    pytest.param(f"  roles: [{{role: {_ROLE}, xdp_program_sets: [{{name: a}}]}}]\n{_ASK}", {"a"}, id="parameter"),
    pytest.param(
        f"  roles: [{{role: {_ROLE}, vars: {{xdp_program_sets: [{{name: a}}]}}, when: false}}]\n{_ASK}",
        {"a"},
        id="one that does not run here",
    ),
    pytest.param(
        f"  roles:\n    - {{role: {_ROLE}, xdp_program_sets: [{{name: a}}]}}\n"
        f"    - {{role: {_ROLE}, xdp_program_sets: [{{name: b}}, {{name: '{{{{ common }}}}'}}]}}\n{_ASK}",
        {"a", "b", "from_play"},
        id="two",
    ),
    pytest.param(
        f"  roles: [{{role: {_ROLE}, xdp_program_sets: [{{name: a, object: '{{{{ not_yet }}}}'}}]}}]\n{_ASK}",
        {"a"},
        id="an object that is not there yet",
    ),
    pytest.param(
        f"{_ASK}    - import_role: {{name: {_ROLE}}}\n      vars: {{xdp_program_sets: [{{name: a}}]}}\n",
        {"a"},
        id="import_role",
    ),
    pytest.param(
        f"{_ASK}    - vars: {{xdp_program_sets: [{{name: a}}]}}\n      block:\n        - import_role: {{name: {_ROLE}}}\n",
        {"a"},
        id="import_role with a block's variables",
    ),
    pytest.param(
        f"{_ASK}    - block:\n        - fail:\n      rescue:\n        - include_role: {{name: {_ROLE}}}\n"
        f"          vars: {{xdp_program_sets: [{{name: a}}]}}\n",
        {"a"},
        id="include_role in a rescue",
    ),
    pytest.param(
        f"{_ASK}    - include_role: {{name: {_ROLE}}}\n      vars: {{xdp_program_sets: [{{name: '{{{{ one }}}}'}}]}}\n"
        "      loop: [a, b]\n      loop_control: {loop_var: one}\n",
        {"a", "b"},
        id="include_role in a loop",
    ),
    pytest.param(
        f"{_ASK}    - include_role: {{name: xdp_program}}\n      collections: [ebpf.xdp]\n"
        "      vars: {xdp_program_sets: [{name: a}]}\n",
        {"a"},
        id="its short name",
    ),
    pytest.param(
        "  roles: [{role: ebpf.xdp.xdp_filter, xdp_filter_name: a, xdp_filter_interfaces: []}, ebpf.xdp.xdp_host]\n"
        + _ASK,
        {"a"},
        id="a filter",
    ),
    pytest.param(
        f"{_ASK}    - include_role: {{name: ebpf.xdp.xdp_filter}}\n"
        f"    - include_role: {{name: ebpf.xdp.xdp_filter}}\n      vars: {{xdp_filter_name: a}}\n"
        f"    - import_role: {{name: ebpf.xdp.xdp_filter}}\n      vars: {{xdp_filter_name: b}}\n",
        {"filter", "a", "b"},
        id="filters that are included and imported",
    ),
    pytest.param(
        f"{_ASK}    - include_role: {{name: xdp_program}}\n      vars: {{xdp_program_sets: [{{name: a}}]}}\n",
        set(),
        id="somebody else's role of that name",
    ),
]

_UNKNOWN = [
    pytest.param(f"  roles: [{{role: {_ROLE}, xdp_program_sets: '{{{{ not_yet }}}}'}}]\n{_ASK}", "not_yet", id="sets"),
    pytest.param(f"  roles: [{{role: {_ROLE}}}]\n{_ASK}", "xdp_program_sets", id="no sets"),
    pytest.param(f"{_ASK}    - include_role: {{name: '{{{{ not_yet }}}}'}}\n", "not_yet", id="the role"),
    pytest.param(
        f"{_ASK}    - include_role: {{name: {_ROLE}}}\n      with_items: [a]\n      vars: {{xdp_program_sets: []}}\n",
        "with_items",
        id="an old loop",
    ),
]


@functools.lru_cache(maxsize=None)
def _found() -> dict[str, _Found]:
    """What is declared in each play. ansible-core loads them in a process of its own, where collections are its own to import."""
    from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT

    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT.parents[2])}
    environment.pop("PYTHONPATH", None)
    plays = [str(case.values[0]) for case in _KNOWN + _UNKNOWN]
    told = subprocess.run(
        [sys.executable, __file__],
        env=environment,
        input=json.dumps(plays),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout
    return {play: _Found(*found) for play, found in zip(plays, json.loads(told))}


@pytest.mark.parametrize(("uses", "names"), _KNOWN)
def test_the_sets_of_all_uses(uses: str, names: set[str]) -> None:
    assert _found()[uses] == (sorted(names), [])


@pytest.mark.parametrize(("uses", "why"), _UNKNOWN)
def test_what_is_not_known_is_said(uses: str, why: str) -> None:
    assert len(_found()[uses].unknown) == 1
    assert why in _found()[uses].unknown[0]


def _declared(directory: str, text: str) -> tuple[list[str], list[str]]:
    """What is declared in a play, asked for by its first task."""
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.playbook.play import Play
    from ansible.template import Templar
    from ansible.vars.manager import VariableManager
    from ansible_collections.ebpf.xdp.plugins.plugin_utils import _role_uses

    path = os.path.join(directory, "play.yml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(_HEAD + text)
    loader = DataLoader()
    loader.set_basedir(directory)
    inventory = InventoryManager(loader=loader, sources="localhost,")
    manager = VariableManager(loader=loader, inventory=inventory)
    data = loader.load_from_file(path, cache="none", trusted_as_template=True)[0]
    play = Play.load(data, variable_manager=manager, loader=loader)
    first = next(_role_uses._tasks(play.tasks))

    def template(value: Any, variables: dict[str, Any]) -> Any:
        return Templar(loader, variables=variables).template(value)

    found = _role_uses.declared(first, "localhost", template)
    return sorted(found.names), found.unknown


def main() -> None:
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([])
    with tempfile.TemporaryDirectory() as directory:
        print(json.dumps([_declared(directory, text) for text in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
