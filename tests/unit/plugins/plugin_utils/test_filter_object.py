# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped object of the filter is what its source becomes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants

_COLLECTION = Path(__file__).parents[4]
_PROGRAMS = _COLLECTION / "plugins/plugin_utils/programs"
_SHIPPED = _PROGRAMS / "xdp_filter.json"


def _why_not() -> str:
    if shutil.which("clang-14") is None:
        return "clang-14 is not here, and another clang makes other bytes; the target xdp_filter_program runs what it makes"
    if not Path("/usr/include/bpf/bpf_helpers.h").exists():
        return "libbpf's headers (libbpf-dev) are not here"
    return ""


@pytest.mark.skipif(bool(_why_not()), reason=_why_not())
def test_shipped_object_is_what_the_source_becomes(tmp_path: Path) -> None:
    path = os.pathsep.join(sys.path)
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": path}
    subprocess.run([str(_COLLECTION / "bpf/build.sh"), str(tmp_path)], check=True, env=environment)
    built, shipped = (json.loads((directory / "xdp_filter.json").read_bytes()) for directory in (tmp_path, _PROGRAMS))
    # The digest of the file that clang has written. Its debug information has the lines of the kernel's headers, which move with
    # each of their versions. Nothing else is taken from that information.
    del built["source"], shipped["source"]
    assert built == shipped


def test_shipped_object_has_both_variants_and_names_no_directory() -> None:
    spec = spec_text.from_text(str(_SHIPPED), _SHIPPED.read_bytes())
    assert spec_text.to_text(spec).encode() == _SHIPPED.read_bytes()
    assert sorted(program.name for program in spec.programs) == ["xdp_filter", "xdp_filter_frags"]
    assert not spec.left_out
    for directory in (b"/tmp", b"/home", b"/root", b"/work", b"/usr"):
        assert directory not in spec.btf


def test_each_constant_has_a_name_of_its_own() -> None:
    """The program has them in one structure; users do not see that."""
    spec = spec_text.from_text(str(_SHIPPED), _SHIPPED.read_bytes())
    source = (_PROGRAMS / "xdp_filter_rules.h").read_text(encoding="utf-8")
    structure = source[source.index("const volatile struct {") : source.index("} set =")]
    without_comments = re.sub(r"/\*.*?\*/", "", structure, flags=re.DOTALL)
    declared = re.findall(r"(\w+)(?:\[\w+\])?[,;]", without_comments)
    assert sorted(variable.name for variable in spec.variables) == sorted(declared)
    assert set_constants(spec, {"all_rules": 2**64 - 1, "limit_interval": [1] * 64, "reply_udp": [53] * 8}) != spec
