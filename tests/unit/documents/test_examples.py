# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Examples use options that there are: those of the modules, and the YAML in all documents."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ebpf.xdp.tests.unit.documents.files import DOCUMENTS, MODULES, ROOT, blocks, name, texts

_PREFIX = "ebpf.xdp."


def _options(module: str) -> dict[str, Any]:
    documentation = yaml.safe_load(texts(ROOT / "plugins" / "modules" / f"{module}.py")["DOCUMENTATION"])
    options = dict(documentation["options"])
    for fragment in documentation.get("extends_documentation_fragment", []):
        parts = fragment.split(".")
        if fragment.startswith(_PREFIX):
            module = importlib.import_module(f"ansible_collections.ebpf.xdp.plugins.doc_fragments.{parts[2]}")
            text = getattr(module.ModuleDocFragment, parts[3].upper() if len(parts) > 3 else "DOCUMENTATION")
            options.update(yaml.safe_load(text).get("options", {}))
        elif fragment == "ansible.builtin.files":
            options.update({option: {"type": "raw"} for option in ("mode", "owner", "group")})
    return options


def _specification(options: dict[str, Any]) -> dict[str, Any]:
    kept = ("type", "elements", "choices", "required", "default")
    found = {}
    for option, facts in options.items():
        found[option] = {key: facts[key] for key in kept if key in facts}
        if "options" in facts:
            found[option]["options"] = _specification(facts["options"])
    return found


def _known(value: Any) -> Any:
    """Without what is a template, which is any value."""
    if isinstance(value, dict):
        return {key: _known(each) for key, each in value.items() if not _is_template(each)}
    if isinstance(value, list):
        return [_known(each) for each in value if not _is_template(each)]
    return value


def _is_template(value: Any) -> bool:
    return isinstance(value, str) and "{{" in value


def _wrong(options: dict[str, Any], given: dict[str, Any]) -> list[str]:
    specification = _specification(options)
    for option in given:
        if _is_template(given[option]) and option in specification:
            specification[option].pop("required", None)
    return ArgumentSpecValidator(specification).validate(_known(given)).error_messages + [
        f"no option {option}" for option in given if option not in specification
    ]


def _uses(node: Any, defaults: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each module and role of the collection that is used, with what it is given."""
    if isinstance(node, list):
        for each in node:
            yield from _uses(each, defaults)
    elif isinstance(node, dict):
        defaults = {**defaults, **node.get("module_defaults", {}).get("group/ebpf.xdp.xdp", {})}
        if str(node.get("role", "")).startswith(_PREFIX):
            yield (
                f"roles/{node['role'][len(_PREFIX) :]}",
                {key: value for key, value in node.items() if key.startswith("xdp_")},
            )
        for key, value in node.items():
            if key.startswith(_PREFIX):
                yield key[len(_PREFIX) :], {**defaults, **(value or {})}
            else:
                yield from _uses(value, defaults)


def _sources() -> Iterator[tuple[str, str]]:
    for path in MODULES:
        yield name(path), texts(path)["EXAMPLES"]
    for path in DOCUMENTS:
        for block in blocks.of(path.read_text()):
            if block.language == "yaml":
                yield f"{name(path)}:{block.line}", block.text


_SOURCES = list(_sources())
_USES = [(where, *use) for where, text in _SOURCES for use in _uses(yaml.safe_load(text), {})]


@pytest.mark.parametrize(("where", "used", "given"), _USES, ids=[f"{where} {used}" for where, used, _given in _USES])
def test_options_are_those_that_there_are(where: str, used: str, given: dict[str, Any]) -> None:
    if used.startswith("roles/"):
        text = (ROOT / used / "meta" / "argument_specs.yml").read_text()
        options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
        # A role's variables may come from the inventory.
        options = {option: {**facts, "required": False} for option, facts in options.items()}
    else:
        options = _options(used)
    assert _wrong(options, given) == []


def test_a_wrong_option_is_found() -> None:
    options = _options("xdp_pin")
    assert _wrong(options, {"name": "edge", "naem": "edge"})
    assert _wrong(options, {"name": "edge", "mode": "fast"})
    assert _wrong(options, {"src": "edge.c"})
    assert _wrong(options, {"name": "edge", "interfaces": {"eth0": True}})


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_each_module_has_examples_and_is_in_a_guide(path: Path) -> None:
    places = {where for where, used, _given in _USES if used == path.stem}
    assert name(path) in places
    assert len(places) > 1
