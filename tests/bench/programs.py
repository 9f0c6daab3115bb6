# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's counting program, compiled by bcc as on a host."""

from __future__ import annotations

import os

from ansible_collections.ebpf.xdp import plugins
from ansible_collections.ebpf.xdp.plugins.module_utils._source import compiler, source_files
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec


def counting_program(rows: int = 64) -> ObjectSpec:
    """With so many rows for interfaces."""
    programs = os.path.join(os.path.dirname(next(iter(plugins.__path__))), "bpf")
    path = os.path.join(programs, "xdp_stats.c")
    headers = {name: source_files.read(os.path.join(programs, name)) for name in ("xdp_stats.h", "xdp_program.h")}
    text = f"#define XDP_STATS_INTERFACES {rows}\n{source_files.read(path)}"
    flat = source_files.flatten(path, text, source_files.header_finder(headers))
    return compiler.compile_source(flat, []).object
