# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the integration target xdp_filter_fuzz that need no kernel."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

_FILES = Path(__file__).parents[2] / "integration" / "targets" / "xdp_filter_fuzz" / "files"

# They import each other by these names, as the target runs them.
sys.path.insert(0, str(_FILES))
try:
    fields, model, packets, rule_sets = map(importlib.import_module, ("fields", "model", "packets", "rule_sets"))
finally:
    sys.path.remove(str(_FILES))
