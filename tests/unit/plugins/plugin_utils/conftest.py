# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part: it takes an ansible-core of today, whatever Python hosts have."""

from __future__ import annotations

import importlib.util
import sys

collect_ignore_glob = ["test_*.py"] if sys.version_info < (3, 11) or not importlib.util.find_spec("ansible") else []
