# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields whose names are data: keys of what modules return, of records in bpffs, of files on disk and of digests.

The code writes them with ``_asdict``, so a field that gets another name would change what playbooks read, or what earlier
versions have stored. The digest of an object spec, which has such keys too, is held by ``_spec/test_spec_text.py``.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ebpf.xdp import plugins
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.clock import When
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import Seen
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import Trial

PLUGINS = Path(next(iter(plugins.__path__)))
PACKAGE = "ansible_collections.ebpf.xdp.plugins"

#: By file, the classes, and their fields in order.
FIELDS = {
    "module_utils/_boot/monitor": {
        "Kept": "pin_root redirects",
    },
    "module_utils/_boot/restore": {
        "Difference": "missing differs superfluous",
    },
    "module_utils/_contents/wanted": {
        "Counts": "added updated removed unchanged",
    },
    "module_utils/_preflight/features": {
        "KernelFeatures": "btf xdp_link xdp_frags driver_features",
    },
    "module_utils/_bpf/info": {
        "MapInfo": (
            "id name type key_size value_size max_entries flags btf_id btf_key_type_id btf_value_type_id "
            "offload_ifindex map_extra"
        ),
        "ProgramInfo": (
            "id name type tag map_ids loaded_at uid gpl_compatible xlated_size jited_size btf_id "
            "verified_instructions offload_ifindex run_count run_time_ns"
        ),
        "LinkInfo": "id type program_id ifindex",
    },
    "module_utils/_record/signer": {
        "Signer": "name key",
    },
    "module_utils/_kept/kept": {
        "Header": (
            "format name pin_root source object program interfaces mode attach signer reuse_maps helpers contents netns"
        ),
    },
    "module_utils/_kept/kept_contents": {
        "KeptContents": "map digest entries exclusive existing key_type value_type default_value interfaces",
    },
    "module_utils/_record/record": {
        "RecordedMember": "name program proceed_on object",
        "RecordedProgram": "source object name id tag functions maps signer helpers named arrays bound chain slots",
        "RecordedMaps": "source object ids signer",
        "Borrowed": "path id",
        "Tried": "outcome object id",
    },
    "module_utils/_spec/spec": {
        "InitialValue": "slot name",
        "KernelSetting": "name offset size kind signed weak",
        "MapSpec": (
            "name type key_size value_size max_entries flags btf_key_type_id btf_value_type_id extra "
            "numa_node variables inner values settings"
        ),
        "MapReference": "instruction map",
        "KernelReference": "instruction name kind weak",
        "VariableSpec": "name map offset size btf_type_id",
        "ProgramSpec": (
            "name instructions references license flags func_info line_info core_relocations "
            "kernel_references attach_type on_request bound_maps proceed_on fold_constants"
        ),
        "LinkedMember": "name program proceed_on object start counter frags",
        "LeftOut": "name why candidate is_map",
        "NamedCounters": "map names variables offset first end",
    },
    "module_utils/_survey/survey": {
        "Failed": "pin_set netns why",
    },
    "module_utils/_trial/trial_record": {
        "Side": "program mode method",
        "Place": "name ifindex old new guard link giver",
        "Trial": "id timeout protection why object old new places pins gone netns givers",
    },
    "plugin_utils/_filter/texts": {
        "RuleText": "name action text",
    },
    "plugin_utils/_fleet": {
        "Row": (
            "host state interface netns pin_set program members rules version mode method packets_per_second "
            "bits_per_second drop_share aborted_per_second exceptions_per_second verdicts rates spark why"
        ),
    },
    "plugin_utils/_gate": {
        "Counted": "packets seconds drop_share abort_share",
    },
}

#: Files in which fields become keys. Whoever adds one adds its classes above.
USES = {
    "module_utils/_boot/files",
    "module_utils/_boot/monitor",
    "module_utils/_boot/program",
    "module_utils/_bpf/info",
    "module_utils/_fill/contents",
    "module_utils/_record/signer",
    "module_utils/_kept/kept",
    "module_utils/_kept/kept_contents",
    "module_utils/_record/record",
    "module_utils/_preflight/host",
    "module_utils/_spec/to_data",
    "module_utils/_trial/trial_record",
    "modules/xdp_compile",
    "modules/xdp_map",
    "modules/xdp_status_info",
    "plugin_utils/_filter_result",
    "plugin_utils/_fleet_report",
    "plugin_utils/_gate",
    "plugin_utils/_origins",
    "plugin_utils/_trial_action",
}

#: By module, the keys at the top of what it returns.
RETURNED = {
    "xdp_boot": "compiler contents executable namespaces object_digest path sets signer",
    "xdp_compile": (
        "compiler constants dest left_out maps object object_digest programs signature signer source_digest "
        "source_signature"
    ),
    "xdp_filter": "counts how rules untested",
    "xdp_host_info": "bpffs interfaces kernel libraries missing report",
    "xdp_kept_info": "kept sets undeclared",
    "xdp_map": "awaited copied_values counts kept map_id max_entries path type",
    "xdp_map_info": "entries map_id max_entries path total truncated type",
    "xdp_monitor": "path tracepoints",
    "xdp_pin": (
        "compiler contents foreign_pins gate kept links loaded maps name path programs signer tests trial untested"
    ),
    "xdp_pinned_info": "exists interfaces links maps path programs sets",
    "xdp_report": "answered asked data in_trouble path",
    "xdp_stats": (
        "fields interfaces line map_id members path rules samples seconds sets spark stats table total without_counters"
    ),
    "xdp_status": "answered asked in_trouble lines",
    "xdp_status_info": "collection kernel rows unreadable",
    "xdp_test": "compiler program tests untested",
}


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, classes in FIELDS.items() for name in classes])
def test_fields_that_are_data_keep_their_names(file: str, name: str) -> None:
    module = importlib.import_module(f"{PACKAGE}.{file.replace('/', '.')}")
    assert " ".join(getattr(module, name)._fields) == FIELDS[file][name]


def test_all_places_that_write_fields_as_keys_are_known() -> None:
    found = {
        str(path.relative_to(PLUGINS).with_suffix(""))
        for path in PLUGINS.rglob("*.py")
        if any(
            isinstance(each, ast.Attribute) and each.attr == "_asdict" for each in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert found == USES


def returned(module: str) -> dict[str, Any]:
    """What the module's RETURN says, by key."""
    return yaml.safe_load(importlib.import_module(f"{PACKAGE}.modules.{module}").RETURN) or {}


@pytest.mark.parametrize(
    ("key", "name"),
    [("maps", "MapInfo"), ("programs", "ProgramInfo"), ("links", "LinkInfo")],
)
def test_what_xdp_pinned_info_tells_of_kernel_objects_is_documented(key: str, name: str) -> None:
    assert set(FIELDS["module_utils/_bpf/info"][name].split()) <= set(returned("xdp_pinned_info")[key]["contains"])


def test_what_xdp_pinned_info_tells_of_a_trial_is_documented() -> None:
    seen = Seen(Trial("1", 30, "process", "it is offloaded", "", None, None, (), {}, {}), When(0, 0))
    documented = set(returned("xdp_pinned_info")["sets"]["contains"]["trial"]["contains"])
    assert {*seen.result(), "object_digest"} == documented


#: What Ansible itself reads in a result: a key that means something else would fail the task, or be lost.
ANSIBLES_OWN = {
    *("ansible_facts", "ansible_job_id", "ansible_stats", "attempts", "changed", "deprecations", "diff", "exception"),
    *("failed", "failed_when_result", "finished", "invocation", "item", "msg", "rc", "results", "retries", "skipped"),
    *("started", "stderr", "stdout", "unreachable", "warnings"),
}


@pytest.mark.parametrize("path", sorted((PLUGINS / "modules").glob("xdp_*.py")), ids=lambda path: path.stem)
def test_keys_that_modules_return(path: Path) -> None:
    keys = set(returned(path.stem))
    assert " ".join(sorted(keys)) == RETURNED[path.stem]
    assert not keys & ANSIBLES_OWN
