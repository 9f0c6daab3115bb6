# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each module sends to a host: exactly what it uses, as each utility costs every task some time."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._parts import PARTS
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT
from ansible_collections.ebpf.xdp.tests.unit.plugins.modules.payloads import MODULES, PING, payloads

_UTILITIES = ROOT / "plugins" / "module_utils"
_PACKAGE = "ansible_collections.ebpf.xdp.plugins.module_utils"

_EVERY = {"_answers", "_errors", "_python", "_startup", "_module"}
_KERNEL_READING = {"_bpf.bpf", "_bpf.denied", "_bpf.host", "_bpf.info", "_bpf.type_names"}
_INTERFACES = {"_network.attachments", "_network.netlink"}
#: What enters another network namespace.
_NETNS = {"_choices", "_network.namespace", "_network.netns", "_netns", "_record.netns_names"}
_INVENTORY = {
    "_bpf.bpffs",
    "_bpf.map_entries",
    "_network.namespace",
    "_disk.ownership",
    "_spec.names",
    "_record.in_force",
    "_record.signer",
    "_record.reuse_maps",
    "_pinset.inventory",
    "_kept.kept",
    "_kept.kept_contents",
    "_record.layout",
    "_record.bound_names",
    "_pinset.one_set",
    "_record.ours",
    "_record.record",
    "_record.record_links",
    "_version",
}
#: What finds the counters in maps of others.
_NAMED_COUNTERS = {"_btf.kinds", "_btf.members", "_btf.read", "_statistics.fields", "_statistics.named"}
#: What reads the counters of all sets, and how they fare.
_SURVEY = {
    *_NAMED_COUNTERS,
    "_columns",
    "_maps.map_path",
    "_statistics.chain",
    "_statistics.filters",
    "_statistics.rules",
    "_statistics.counters",
    "_statistics.find",
    "_statistics.rows",
    "_statistics.shown",
    "_statistics.statistics",
    "_statistics.verdicts",
    "_survey.survey",
}
_SPEC = {
    "_choices",
    "_spec.data_reader",
    "_spec.from_data",
    "_spec.names",
    "_spec.spec",
    "_spec.spec_text",
    "_spec.to_data",
}
_COMPILER = {
    "_internal",
    # For the part _chain.
    "_spec.assembler",
    "_spec.instruction",
    "_spec.chain_source",
    "_spec.counted",
    "_spec.team",
    "_parts",
    "_process.child",
    "_process.serve",
    "_source.bcc_child",
    "_source.bcc_compile",
    "_source.bcc_hooks",
    "_source.bcc_maps",
    "_spec.map_rules",
    "_btf.kinds",
    "_btf.read",
    "_btf.write",
    "_source.compiler",
    "_source.compiler_limits",
    "_source.kernel_headers",
    "_source.c_to_spec",
    "_source.clang",
    "_source.clang_lines",
    "_source.clang_tools",
    "_source.libbpf_source",
    "_answers",
    "_btf.members",
    "_btf.values",
    "_spec.choose",
    "_spec.constants",
    "_source.options",
    "_spec.map_options",
    "_spec.origin",
    "_source.source",
    "_source.source_files",
}
_PRESENT = {
    "_spec.counted",
    *_INTERFACES,
    *_INVENTORY,
    *_SPEC,
    "_choices",
    "_plan.half_done",
    "_bpf.bpf_change",
    "_process.child",
    "_process.serve",
    "_network.drivers",
    "_network.ethtool",
    "_bpf.grace",
    "_network.interface_names",
    "_bpf.map_entries",
    "_bpf.map_write",
    "_bpf.memory",
    "_network.native",
    "_network.netlink_attach",
    "_network.netns",
    "_network.netlink_xdp",
    "_process.signals",
    "_spec.choose",
    "_btf.kinds",
    "_btf.lazy",
    "_btf.sanitize",
    "_fold.effects",
    "_fold.fold",
    "_fold.known",
    "_fold.shortened",
    "_fold.unused",
    "_spec.instruction",
    "_load.core_access",
    "_load.core_fallback",
    "_load.core_log",
    "_load.core_types",
    "_load.core_values",
    "_load.device_bound",
    "_load.kernel_configuration",
    "_load.kernel_ids",
    "_load.kernel_references",
    "_load.kernel_settings",
    "_load.kernel_symbols",
    "_load.loader",
    "_load.map_names",
    "_load.maps",
    "_load.messages",
    "_load.nested",
    "_load.older_btf",
    "_load.programs",
    "_load.types",
    "_load.uapi_records",
    "_fill.entries",
    "_fill.forget_interfaces",
    "_transaction.teams",
    "_spec.team",
    "_spec.map_rules",
    "_spec.origin",
    "_transaction.add_interface",
    "_plan.apply",
    "_attach.attach_answers",
    "_attach.attach_changes",
    "_attach.attach_modes",
    "_attach.attach_plan",
    "_attach.standing",
    "_attach.attach_steps",
    "_attach.attachable",
    "_pinset.borrow",
    "_pinset.bound",
    "_pinset.borrow_maps",
    "_attach.foreign",
    "_attach.hand_over",
    "_transaction.load",
    "_maps.map_fit",
    "_maps.migration_rules",
    "_fill.migrate_steps",
    "_maps.migration",
    "_pinset.observe",
    "_transaction.pin_changes",
    "_record.pin_steps",
    "_plan.plan",
    "_transaction.planner",
    "_transaction.present",
    "_record.record_write",
    "_pinset.request",
    "_plan.settle",
    "_pinset.target",
    "_maps.target_map",
}

#: What knows of declared contents.
_CONTENTS = {
    "_btf.build",
    "_btf.decode",
    "_btf.kinds",
    "_btf.members",
    "_btf.read",
    "_btf.values",
    "_btf.write",
    "_contents.change",
    "_contents.columns",
    "_contents.compare",
    "_contents.difference",
    "_contents.encode",
    "_contents.encoded",
    "_contents.forms",
    "_plan.half_done",
    "_contents.lexical",
    "_contents.masks",
    "_contents.matching",
    "_contents.options",
    "_contents.pack",
    "_contents.places",
    "_contents.prefixes",
    "_contents.read_file",
    "_contents.references",
    "_contents.rules",
    "_contents.stored",
    "_contents.table",
    "_contents.trie_keys",
    "_contents.type_options",
    "_contents.types",
    "_contents.wanted",
    "_contents.wrong",
    "_bpf.frozen",
    "_bpf.map_delete",
    "_bpf.map_some",
    "_fill.contents",
    "_fill.names_in_entries",
}
#: What it takes to end a trial of a pin set before it is changed.
_END_TRIAL = {
    "_end_trial",
    "_parts",
}
#: What keeps contents for the next boot.
_KEEPING = {
    "_boot.uses",
    "_boot.contents",
    "_boot.file_steps",
    "_boot.files",
    "_boot.installed",
    "_boot.saved",
    "_contents.devices",
    "_contents.merge",
    "_contents.rows",
}

#: What runs packet tests.
_TESTS = {
    "_process.ancestors",
    "_bpf.test_run",
    "_packet_tests.options",
    "_packet_tests.paths",
    "_packet_tests.private_copy",
    "_packet_tests.run",
    "_packet_tests.session",
    "_packet_tests.shrink",
    "_packet_tests.ssh",
    "_packet_tests.wire",
}

#: Of those that make a set what is wanted, what is about pinning, attaching and what is kept.
_PINNING = {
    "_network.netlink_attach",
    "_network.netlink_xdp",
    "_attach.attach_answers",
    "_attach.attach_steps",
    "_record.pin_steps",
    "_record.record_write",
    "_transaction.add_interface",
    "_attach.attach_changes",
    "_attach.attach_modes",
    "_attach.attach_plan",
    "_attach.standing",
    "_attach.attachable",
    "_pinset.borrow",
    "_fill.entries",
    "_fill.forget_interfaces",
    "_attach.foreign",
    "_attach.hand_over",
    "_pinset.inventory",
    "_pinset.one_set",
    "_kept.kept",
    "_kept.kept_contents",
    "_transaction.load",
    "_transaction.pin_changes",
    "_transaction.planner",
    "_transaction.present",
    "_transaction.teams",
}

_CARRIED = {
    "xdp_pin": {
        "_network.vlan_tags",
        "_preflight.vlan_rules",
        "_spec.chain_slots",
        "_spec.count_for_names",
        "_spec.slots",
        "_spec.named_slots",
        *_EVERY,
        *_NETNS,
        "_gate",
        *_KERNEL_READING,
        *_COMPILER,
        *_CONTENTS,
        *_PRESENT,
        *_END_TRIAL,
        "_boot.installed",
        *_TESTS,
        "_packet_tests.before_pinning",
        "_transaction.absent",
        "_kept.kept_declared",
        "_kept.kept_warning",
        "_arming",
    },
    "xdp_map": {
        "_internal",
        "_spec.chain_slots",
        "_spec.count_for_names",
        "_spec.slots",
        "_spec.named_slots",
        *_EVERY,
        *_NETNS,
        *_KERNEL_READING,
        *_CONTENTS,
        *_KEEPING,
        *_END_TRIAL,
        # One that is replaced as a whole has its program loaded once more.
        *_PRESENT,
        "_boot.replace_map",
        "_fill.map_contents",
        "_maps.map_path",
    },
    "xdp_test": {
        *_EVERY,
        *_NETNS,
        *_KERNEL_READING,
        *_COMPILER,
        *_CONTENTS,
        *_PRESENT - _PINNING,
        *_TESTS,
        "_packet_tests.alone",
        "_packet_tests.dissect",
    },
    "xdp_pinned_info": {
        *_EVERY,
        *_NETNS,
        *_KERNEL_READING,
        *_INTERFACES,
        *_INVENTORY,
        "_trial.clock",
        "_trial.look",
        "_trial.places",
        "_trial.show",
        "_trial.trial_record",
    },
    "xdp_stats": {
        *_NETNS - {"_record.netns_names"},
        *_NAMED_COUNTERS,
        "_record.record_links",
        "_spec.counted",
        "_spec.names",
        "_statistics.chain",
        "_statistics.filters",
        "_statistics.rules",
        "_statistics.find",
        "_statistics.rows",
        "_statistics.shown",
        "_statistics.statistics",
        *_EVERY,
        *_KERNEL_READING,
        "_choices",
        "_columns",
        "_bpf.bpffs",
        "_bpf.map_entries",
        "_record.layout",
        "_maps.map_path",
        "_statistics.counters",
        "_statistics.verdicts",
    },
    "xdp_status_info": {
        *_EVERY,
        *_KERNEL_READING,
        *_INTERFACES,
        *_INVENTORY,
        *_SURVEY - {"_statistics.statistics"},
        *_NETNS - {"_netns"},
        "_bpf.map_entries",
        "_spec.counted",
        "_survey.status",
        "_monitor.places",
        "_monitor.reading",
        "_monitor.tracepoints",
        "_trial.clock",
        "_trial.look",
        "_trial.places",
        "_trial.trial_record",
    },
    "xdp_compile": {
        *_EVERY,
        *_KERNEL_READING,
        *_COMPILER,
        *_SPEC,
        "_disk.places",
        "_disk.replace",
        "_process.signals",
        "_spec.choose",
    },
    "xdp_boot": {
        "_network.vlan_tags",
        "_preflight.vlan_rules",
        "_spec.chain_slots",
        "_spec.count_for_names",
        "_spec.slots",
        "_spec.named_slots",
        *_NETNS,
        "_boot.namespaces",
        *_EVERY,
        *_KERNEL_READING,
        *_COMPILER,
        *_CONTENTS,
        *_KEEPING,
        # It makes a program of these.
        *_PRESENT,
        *_SURVEY,
        "_metrics.collect",
        "_metrics.command",
        "_metrics.exposition",
        "_metrics.textfile",
        "_metrics.exceptions",
        "_monitor.code",
        "_monitor.kernel_types",
        "_monitor.pins",
        "_monitor.places",
        "_monitor.reading",
        "_monitor.tracepoints",
        "_boot.monitor",
        "_spec.assembler",
        "_spec.instruction",
        *_END_TRIAL,
        "_trial.clock",
        "_trial.finish",
        "_trial.giving",
        "_trial.look",
        "_trial.places",
        "_trial.settle",
        "_trial.trial_record",
        "_disk.places",
        "_kept.rolled_back",
        "_boot.archive",
        "_boot.order",
        "_boot.program",
        "_boot.restore",
    },
    "xdp_kept_info": {
        "_internal",
        *_EVERY,
        "_bpf.bpffs",
        "_disk.ownership",
        "_record.in_force",
        "_record.signer",
        "_kept.kept",
        "_kept.kept_contents",
        "_record.layout",
        "_record.reuse_maps",
        "_spec.names",
    },
    "xdp_host_info": {
        *_EVERY,
        *_NETNS,
        *_KERNEL_READING,
        *_INTERFACES,
        *_INVENTORY,
        "_choices",
        "_columns",
        "_process.child",
        "_process.serve",
        "_network.drivers",
        "_network.ethtool",
        "_preflight.features",
        "_network.interface_names",
        "_network.native",
        "_source.clang_tools",
        "_source.kernel_headers",
        "_preflight.host",
        "_preflight.libraries",
        "_preflight.report",
    },
}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_carries_what_it_uses_and_no_more(module: str) -> None:
    assert set(payloads()[module].carried) == _CARRIED[module]


def test_a_module_of_ansible_carries_nothing_of_it() -> None:
    assert payloads()[PING].carried == []


@pytest.mark.parametrize(("module", "most"), [("xdp_pinned_info", 1.68), ("xdp_stats", 1.6)])
def test_what_only_reads_carries_little_more_than_ansible_itself(module: str, most: float) -> None:
    assert payloads()[module].size < most * payloads()[PING].size


@pytest.mark.parametrize("module", MODULES)
def test_no_module_carries_a_piece_of_a_part_that_it_loads(module: str) -> None:
    """What is there of a package keeps the rest of it from being found in the archive."""
    loaded = {part for part, modules in _LOADED.items() if any(module in users for users in modules.values())}
    assert {name.partition(".")[0] for name in payloads()[module].carried} & loaded == set()


@pytest.mark.parametrize("module", MODULES)
def test_the_check_of_the_version_comes_first_then_what_speeds_imports_up(module: str) -> None:
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text())
    own = [
        f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ansible_collections.ebpf.xdp.")
        for alias in node.names
    ]
    assert own[:2] == [f"{_PACKAGE}._python", f"{_PACKAGE}._startup"]


#: Which modules may load what of which part.
_LOADED = {
    "_chain": {"link": ("xdp_pin", "xdp_compile", "xdp_boot", "xdp_test")},
    "_elf": {"reader": ("xdp_pin", "xdp_compile", "xdp_boot", "xdp_test")},
    "_trial": {"arm": ("xdp_pin",), "decide": ("xdp_pin",), "session": ("xdp_pin",), "settle": ("xdp_pin", "xdp_map")},
}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and (node.module + ".").startswith(f"{_PACKAGE}."):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            is_package = (_UTILITIES / node.module[len(_PACKAGE) + 1 :].replace(".", "/")).is_dir()
            found.update(name[len(_PACKAGE) + 1 :] for name in (names if is_package else [node.module]))
    return found


@pytest.mark.parametrize("part", PARTS)
def test_what_a_part_imports_is_there(part: str) -> None:
    for entry, modules in _LOADED[part].items():
        inside, waiting, outside = set(), [f"{part}.{entry}"], set()
        while waiting:
            here = waiting.pop()
            inside.add(here)
            for other in _imports(_UTILITIES / f"{here.replace('.', '/')}.py"):
                if not other.startswith(f"{part}."):
                    outside.add(other)
                elif other not in inside:
                    waiting.append(other)
        for module in modules:
            assert outside <= set(payloads()[module].carried), (module, entry)
