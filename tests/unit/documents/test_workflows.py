# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forge's workflows run the scripts of the repository and nothing else, so that CI is the same everywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT

_WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*"))
_COMMAND = re.compile(r"(sudo )?(\.ci/run|\./test\.sh( [a-z-]+)*)")
_PINNED = re.compile(r"actions/checkout@[0-9a-f]{40}")


def problems(workflow: dict[str, Any]) -> list[str]:
    """What is in the steps of a workflow besides fetching the repository and calling its scripts."""
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    found = [f"run: {step['run']}" for step in steps if "run" in step and not _COMMAND.fullmatch(step["run"].strip())]
    found += [f"uses: {step['uses']}" for step in steps if "uses" in step and not _PINNED.fullmatch(step["uses"])]
    return found + [f"neither: {step}" for step in steps if not {"run", "uses"} & {*step}]


def test_there_are_workflows() -> None:
    assert _WORKFLOWS


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_calls_the_scripts_alone(path: Path) -> None:
    assert problems(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "step",
    [
        {"run": "make test"},
        {"run": "./test.sh checks && make"},
        {"run": ".ci/run\nmake"},
        {"uses": "actions/checkout@v7"},
        {"uses": "somebody/else@3d3c42e5aac5ba805825da76410c181273ba90b1"},
        {"name": "nothing"},
    ],
    ids=str,
)
def test_anything_else_is_found(step: dict[str, str]) -> None:
    assert problems({"jobs": {"one": {"steps": [step]}}})
