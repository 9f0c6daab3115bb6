# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dashboard of the role xdp_metrics is what tests/dashboard.py builds, and asks for what is written."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.exposition import FAMILIES
from ansible_collections.ebpf.xdp.tests import dashboard
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT

FILE = ROOT / "roles/xdp_metrics/files/ebpf_xdp.dashboard.json"
RULES = ROOT / "roles/xdp_metrics/files/ebpf_xdp.rules.yml"
PANELS: list[dict[str, Any]] = [each for each in json.loads(FILE.read_text())["panels"] if each["type"] != "row"]


def test_it_is_what_is_built() -> None:
    assert FILE.read_text() == dashboard.built()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_each_panel_says_what_makes_it_move(panel: dict[str, Any]) -> None:
    assert panel["description"].endswith(".") and panel["datasource"]["uid"] == "${source}"
    assert all(target["expr"] for target in panel["targets"])


@pytest.mark.parametrize("text", [FILE.read_text(), RULES.read_text()], ids=["dashboard", "rules"])
def test_only_what_is_written_is_asked_for(text: str) -> None:
    asked = set(re.findall(r"ebpf_xdp_(\w+?)(?=[{ )\[,]|$)", text, re.MULTILINE))
    assert asked <= {*FAMILIES, "rules"} and len(asked) > 5


def test_titles_are_told_apart() -> None:
    titles = [panel["title"] for panel in PANELS]
    assert len(titles) == len(set(titles)) == 17
