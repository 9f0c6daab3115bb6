# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What modules that change a pin set do first with a trial of it; apart, so that others do not carry what it takes."""

from __future__ import annotations

import os

from ansible_collections.ebpf.xdp.plugins.module_utils import _parts
from ansible_collections.ebpf.xdp.plugins.module_utils._module import XdpModule
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import GIVING, TRIAL, Layout, is_name


def end_trial(module: XdpModule, path: str) -> None:
    """End a trial of the pin set in this directory whose time is up; refuses a set whose trial is pending."""
    if not any(os.path.lexists(os.path.join(path, name)) for name in (TRIAL, GIVING)):
        return
    pin_root, name = os.path.split(path)
    if is_name(name):
        _parts.load_part("_trial.settle").end_before(Layout(pin_root, name), module.check_mode, module.warn)
