# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description:
      - The pin set that the map belongs to.
      - Required unless O(path) is given.
    type: str
  map:
    description:
      - The name of the map.
      - Required unless O(path) is given.
    type: str
  path:
    description:
      - The absolute path of a pinned map, whoever pinned it. If it is given, O(name) and O(map) are ignored.
    type: path
"""
