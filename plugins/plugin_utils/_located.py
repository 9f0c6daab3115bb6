# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Files of the controller that options name."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


def located(action: ActionBase, option: str, name: str) -> str:
    """A file of the controller, found as ``copy`` finds its ``src``."""
    try:
        found = action._find_needle("files", name)
    except AnsibleError as error:
        # The first line: Ansible goes on with advice to use remote_src, which may not be for this option.
        raise XdpError(f"{option}: {str(error).splitlines()[0].rstrip(' .')}. Nothing was changed") from error
    if not os.path.isfile(found):
        raise XdpError(f"{option}: {found} is not a file. Nothing was changed")
    return t.cast(str, found)
