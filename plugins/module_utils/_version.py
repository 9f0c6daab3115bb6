# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The version of this collection, for what outlives a run and is read by other versions."""

from __future__ import annotations

#: As in galaxy.yml, which modules on a host cannot read; a unit test holds the two together.
VERSION = "0.1.0"
