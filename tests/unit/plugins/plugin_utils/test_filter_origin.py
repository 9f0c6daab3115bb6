# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _filter_origin, _filter_result
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import OriginReader


class _Loader:
    def get_real_file(self, path: str) -> str:
        return path

    def cleanup_tmp_file(self, path: str) -> None:
        pass


class _Action:
    """As much of an action plugin as reads files."""

    _loader = _Loader()

    def __init__(self, directory: Path, transport: str = "ssh", **options: Any) -> None:
        self._directory = directory
        self._connection = SimpleNamespace(transport=transport, get_option={"host": "edge1", **options}.__getitem__)
        self._play_context = SimpleNamespace(port=None)

    def _find_needle(self, _kind: str, name: str) -> str:
        path = self._directory / name
        if not path.exists():
            raise AnsibleError(f"Could not find or access '{name}'")
        return str(path)


RULES: dict[str, Any] = {
    "management_sources": ["10.9.0.0/16"],
    "rules": [
        {"name": "listed", "action": "drop", "source_from": "listed.txt"},
        {"name": "tagged", "action": "drop", "vlan": 7},
        {"name": "web", "action": "pass", "protocol": "tcp", "destination_port": [80]},
    ],
}


def read(directory: Path, options: dict[str, Any] | None = None) -> _filter_origin.Filter:
    (directory / "listed.txt").write_text("192.0.2.0/24\n2001:db8::1\n")
    return _filter_origin.read(_Action(directory), options or RULES)  # type: ignore[arg-type]


def test_rules_become_an_object_with_a_row_for_each_name(tmp_path: Path) -> None:
    found = read(tmp_path)
    (counters,) = found.spec.counters
    assert counters.names == ("management", "listed", "tagged", "web")
    assert found.vlan_rules == ["tagged"]
    assert all("rules" in program.bound_maps for program in found.spec.programs)
    # What travels to hosts is what comes out there.
    data = spec_text.to_json(found.spec)
    assert spec_text.from_json(data) == found.spec and data["digest"] == spec_text.digest(found.spec)


def test_a_port_that_is_a_guess_is_a_warning_where_it_matters(tmp_path: Path) -> None:
    def warnings(**options: Any) -> list[str]:
        action = _Action(tmp_path, ssh_executable="false")
        return _filter_origin.read(action, options).compiled.warnings  # type: ignore[arg-type]

    (warning,) = warnings(management_sources=["10.9.0.0/16"])
    assert "management_sources may connect to port 22. Set ssh_port if" in warning
    assert warnings(management_sources=["10.9.0.0/16"], ssh_port=22) == warnings() == []


def test_other_rules_are_another_object_and_other_addresses_are_not(tmp_path: Path) -> None:
    before = spec_text.digest(read(tmp_path).spec)
    (tmp_path / "more.txt").write_text("192.0.2.0/24\n198.51.100.0/24\n2001:db8::1\n")
    rules = [{**RULES["rules"][0], "source_from": "more.txt"}, *RULES["rules"][1:]]
    assert spec_text.digest(read(tmp_path, {**RULES, "rules": rules}).spec) == before
    assert spec_text.digest(read(tmp_path, {**RULES, "rules": rules[::-1]}).spec) != before


@pytest.mark.parametrize("member", [None, "filter"])
def test_all_tables_are_declared_those_without_entries_too(tmp_path: Path, member: str | None) -> None:
    found = read(tmp_path)
    declared = {element["map"]: pack.unpack(packed, "") for element, packed in _filter_origin.contents(found, member)}
    prefix = "filter:" if member else ""
    assert {name.removeprefix(prefix) for name in declared} == set(found.tables)
    assert not {"counters", "buckets", "xdp_counters"} & set(found.tables)
    assert declared[f"{prefix}rules"].count == 4
    assert declared[f"{prefix}destination4"].count == 0
    assert declared[f"{prefix}source4"].count == 2


def test_no_rules_at_all_have_no_words(tmp_path: Path) -> None:
    found = read(tmp_path, {"rules": []})
    assert all(not pack.unpack(packed, "").count for _element, packed in _filter_origin.contents(found, None))


def test_a_file_that_is_not_there_is_named_with_its_rule(tmp_path: Path) -> None:
    with pytest.raises(XdpError, match=r"rules\[0\] \(a\).*Could not find or access 'gone.txt'"):
        read(tmp_path, {"rules": [{"name": "a", "action": "drop", "source_from": "gone.txt"}]})


def filled(map_name: str, **counts: int) -> dict[str, Any]:
    return {"map": map_name, "counts": {"added": 0, "updated": 0, "removed": 0, "unchanged": 0, **counts}}


def test_of_a_chain_only_what_the_filter_drops_is_tested_and_that_is_told(tmp_path: Path) -> None:
    found = read(tmp_path)
    verdicts = [each["verdict"] for each in found.tests]
    assert set(verdicts) == {"pass", "drop"} and found.untested(None) == []
    first = found._replace(drops_first=True)
    assert [each["verdict"] for each in first.tests] == ["drop"] * verdicts.count("drop")
    (told,) = first.untested("first")
    later = found._replace(drops_first=False)
    assert later.tests == []
    assert later.untested("later") == [
        f"{len(verdicts)} packet tests of later were left out, as other members decide about the same packets"
    ]
    assert told.startswith(f"{verdicts.count('pass')} packet tests of what passes first were left out")


@pytest.mark.parametrize(("loaded", "added", "how"), [(True, 0, "switched"), (False, 1, "in_place"), (False, 0, None)])
def test_the_result_says_how_rules_were_changed(tmp_path: Path, loaded: bool, added: int, how: str | None) -> None:
    contents = [filled("source4", added=added, unchanged=2), filled("rules", unchanged=4), filled("another", added=9)]
    side = {"contents": {"source4": {"entries": {"192.0.2.0/24": 2}, "counts": {"added": added, "unchanged": 2}}}}
    result = {"loaded": loaded, "contents": contents, "diff": {"before": {}, "after": side}}
    told = _filter_result.told(result, {None: read(tmp_path)})
    assert told["how"] == how
    assert told["counts"] == {"added": added, "updated": 0, "removed": 0, "unchanged": 2}
    assert [each["map"] for each in told["contents"]] == ["another"]
    assert next(rule["name"] for rule in told["rules"]) == "management"
    assert told["diff"]["after"] == ({"tables": {"source4": {"added": 1}}} if added else {})


def test_the_diff_has_rules_in_words(tmp_path: Path) -> None:
    entries = {
        "1": {"name": "web", "action": "pass", "text": "protocol tcp"},
        "0": {"name": "all", "action": "drop", "text": ""},
        "2": {"name": "", "action": "", "text": ""},
    }
    after = {"contents": {"filter:rules": {"entries": entries}, "counter:map": {"entries": {}}}}
    told = _filter_result.told({"diff": {"after": after}}, {"filter": read(tmp_path)})
    assert told["diff"]["after"] == {
        "rules": ["all: drop", "web: pass protocol tcp"],
        "contents": {"counter:map": {"entries": {}}},
    }


def test_what_failed_is_told_as_it_is(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert _filter_result.told({"failed": True, "msg": "no"}, {None: found})["msg"] == "no"
    assert _filter_result.told({"changed": False}, {}) == {"changed": False}


@pytest.mark.parametrize(
    "wrong",
    [
        {"map": "nowhere"},
        {"variables": "counters"},
        {"offset": 1 << 20},
        {"end": 1 << 20},
        {"first": 125},
    ],
)
def test_a_text_with_rows_that_are_not_there_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    found = read(tmp_path)
    (counters,) = found.spec.counters
    data = spec_text.to_json(found.spec._replace(counters=(counters._replace(**wrong),)))
    with pytest.raises(XdpError):
        spec_text.from_json(data)


@pytest.mark.parametrize(
    ("transport", "port", "given", "shown"),
    [
        ("paramiko", None, None, 22),
        ("ansible.builtin.ssh", 2222, None, 2222),
        ("ansible.builtin.ssh", 2222, 2022, 2022),
        ("local", 2222, None, 22),
        ("local", None, 2022, 2022),
    ],
)
def test_management_comes_to_the_given_port_or_to_that_of_the_connection(
    tmp_path: Path, transport: str, port: int | None, given: int | None, shown: int
) -> None:
    reader = OriginReader(_Action(tmp_path, transport, port=port), {})  # type: ignore[arg-type]
    arguments: dict[str, Any] = {"filter": {"management_sources": ["10.9.0.0/16"], "ssh_port": given}}
    assert reader.read(arguments) is not None
    assert arguments == {"program": "xdp_filter", "_program_with_frags": "xdp_filter_frags"}
    assert reader.filters[None].compiled.rules[0].text == f"source 10.9.0.0/16 protocol tcp destination_port {shown}"


@pytest.mark.parametrize("option", ["src", "object", "constants", "compiler", "signature", "allowed_signers"])
@pytest.mark.parametrize("in_chain", [False, True])
def test_a_filter_has_its_own_program(tmp_path: Path, option: str, in_chain: bool) -> None:
    reader = OriginReader(_Action(tmp_path), {})  # type: ignore[arg-type]
    given: dict[str, Any] = {"filter": {"rules": []}, option: {"a": 1}}
    words = f"filter and {option} are both given|Give one of src, object and filter"
    with pytest.raises(AnsibleError, match=words):
        reader.read({"chain": [{"name": "first", **given}]} if in_chain else given)


def test_a_default_that_is_written_out_is_not_given(tmp_path: Path) -> None:
    reader = OriginReader(_Action(tmp_path), {})  # type: ignore[arg-type]
    defaults: dict[str, Any] = {"compiler": "auto", "remote_src": "no", "constants": {}, "signature": None}
    assert reader.read({"filter": {"rules": []}, **defaults}) is not None
    assert reader.read({"chain": [{"name": "first", "filter": {}, **defaults}], **defaults}) is not None
    with pytest.raises(AnsibleError, match="filter and remote_src are both given"):
        reader.read({"filter": {}, "remote_src": "yes"})


def test_verdicts_are_counted_in_chains_alone(tmp_path: Path) -> None:
    reader = OriginReader(_Action(tmp_path), {})  # type: ignore[arg-type]
    with pytest.raises(AnsibleError, match="count_verdicts is for chains, and there is no chain"):
        reader.read({"filter": {"rules": []}, "count_verdicts": False})


def test_a_filter_is_a_member_by_its_name(tmp_path: Path) -> None:
    reader = OriginReader(_Action(tmp_path), {})  # type: ignore[arg-type]
    chain = [{"name": "first", "filter": {"rules": []}}, {"name": "second", "filter": {"rules": []}}]
    spec = reader.read({"chain": chain[:1]})
    assert spec is not None and [each.map for each in spec.counters] == ["first:counters"]
    assert list(reader.filters) == ["first"]
    reader.read({"chain": chain})
    assert {name: found.drops_first for name, found in reader.filters.items()} == {"first": True, "second": False}
    reader.read({"chain": [{**chain[0], "proceed_on": ["drop", "pass"]}, chain[1]]})
    assert reader.filters["first"].drops_first is False


def test_of_several_filters_the_first_is_that_of_the_task(tmp_path: Path) -> None:
    first = read(tmp_path)._replace(drops_first=True)
    second = read(tmp_path, {"rules": [{"name": "last", "action": "drop", "source": "10.0.0.1"}]})._replace(
        drops_first=False
    )
    contents = [filled("filter:source4", added=1), filled("two:source4", added=2), filled("two:rules", added=1)]
    result = {"loaded": False, "contents": [*contents, filled("mine", added=4)]}
    told = _filter_result.told(result, {"filter": first, "two": second})
    assert [rule["name"] for rule in told["rules"]] == ["management", "listed", "tagged", "web"]
    assert told["how"] == "in_place" and told["counts"]["added"] == 3
    assert [each["map"] for each in told["contents"]] == ["mine"]
