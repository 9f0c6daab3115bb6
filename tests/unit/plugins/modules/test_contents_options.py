# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the options that declare contents is that of the options that are taken."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.ebpf.xdp.plugins.doc_fragments.contents import ModuleDocFragment
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import ARGUMENTS, CONTENTS

ALONE: dict[str, Any] = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
LIST: dict[str, Any] = yaml.safe_load(ModuleDocFragment.LIST)["options"]["contents"]
FACTS = ("type", "elements", "choices", "default", "required")


def facts(option: dict[str, Any]) -> dict[str, Any]:
    return {name: option[name] for name in FACTS if name in option}


@pytest.mark.parametrize(
    ("documented", "taken"),
    [(ALONE, ARGUMENTS), (LIST["suboptions"], CONTENTS["options"])],
    ids=["xdp_map", "contents"],
)
def test_each_option_is_documented_as_it_is_taken(documented: dict[str, Any], taken: dict[str, Any]) -> None:
    assert {name: facts(option) for name, option in documented.items()} == {
        name: facts(option) for name, option in taken.items()
    }


def test_the_list_itself() -> None:
    assert facts(LIST) == facts(CONTENTS)


def test_options_are_named_from_where_they_are() -> None:
    text = str(LIST)
    assert "O(.)" not in text
    assert "O(contents[].exclusive=true)" in text
    assert "O(exclusive=true)" in str(ALONE)


def test_both_are_documented_in_the_same_words() -> None:
    within = {name: option for name, option in LIST["suboptions"].items() if name != "map"}
    assert str(within).replace("O(contents[].", "O(") == str(ALONE)
