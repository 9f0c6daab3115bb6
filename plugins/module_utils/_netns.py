# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``netns`` of several modules, as doc_fragments/netns.py documents it."""

from __future__ import annotations

from typing import Any

NETNS: dict[str, Any] = {"type": "str"}


def enter(options: dict[str, Any]) -> None:
    """Enter the network namespace that the task names, if it names one; before anything looks at interfaces."""
    if options["netns"] is not None:
        # Imported here, as hardly any task names one.
        from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import netns

        netns.enter(options["netns"])
