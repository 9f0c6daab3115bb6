# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What xdp_pin answers about a filter, told in terms of its rules."""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.rules import RULES
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter_origin import Filter

Result = t.Dict[str, t.Any]


def told(result: Result, filters: t.Mapping[str | None, Filter]) -> Result:
    """``result`` with ``how`` and ``rules``, and without the contents of tables, which are bits of rules."""
    if not filters or result.get("failed"):
        return result
    # The first one is the task's own. Members may have others.
    member, found = next(iter(filters.items()))
    tables = {_pinned(each, name) for each, filter_ in filters.items() for name in filter_.tables}
    rules = _pinned(member, RULES)
    result["rules"] = [rule._asdict() for rule in found.compiled.rules]
    filled = {each["map"]: each["counts"] for each in result.get("contents", ()) if each["map"] in tables}
    result["how"] = _how(result, filled)
    result["counts"] = {
        what: sum(counts[what] for map_name, counts in filled.items() if map_name.rpartition(":")[2] != RULES)
        for what in ("added", "updated", "removed", "unchanged")
    }
    if "contents" in result:
        result["contents"] = [each for each in result["contents"] if each["map"] not in tables]
    for side in ("before", "after"):
        _without_bits((result.get("diff") or {}).get(side), tables, rules)
    return result


def _pinned(member: str | None, map_name: str) -> str:
    return f"{member}:{map_name}" if member else map_name


def _how(result: Result, filled: t.Mapping[str, Result]) -> str | None:
    """How the rules were changed; ``None`` where they were not."""
    if result.get("loaded"):
        return "switched"
    changes = any(counts["added"] or counts["updated"] or counts["removed"] for counts in filled.values())
    return "in_place" if changes else None


def _without_bits(side: t.Any, tables: t.Collection[str], rules: str) -> None:
    """Leave of the tables' contents in a diff how many entries change, as ``tables``, and of the rules their words."""
    contents = side.get("contents") if isinstance(side, dict) else None
    if not contents:
        return
    for map_name in list(contents):
        if map_name == rules:
            side["rules"] = [
                " ".join(filter(None, (f"{rule['name']}: {rule['action']}", rule["text"])))
                for _place, rule in sorted(contents[map_name].get("entries", {}).items(), key=lambda item: int(item[0]))
                if rule.get("name")
            ]
            del contents[map_name]
        elif map_name in tables:
            counts = contents.pop(map_name).get("counts", {})
            changes = {what: number for what, number in counts.items() if number and what != "unchanged"}
            if changes:
                side.setdefault("tables", {})[map_name] = changes
    if not contents:
        del side["contents"]
