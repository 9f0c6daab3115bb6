# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What is kept of the monitor, so that it comes back at boot: where it is pinned, and what it counts."""

from __future__ import annotations

import json
import os
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._boot.uses import MONITOR
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor import pins
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.places import DIRECTORY

#: What it is called where sets are named.
NAME = DIRECTORY


class Kept(NamedTuple):
    """The monitor as it is declared for the next boot. The names of its fields are keys in the file."""

    pin_root: str
    redirects: bool

    def content(self) -> bytes:
        """Of the file."""
        return json.dumps(self._asdict(), sort_keys=True).encode() + b"\n"


def read(directory: str) -> Kept | None:
    """``None`` where no monitor is kept. The error names the file."""
    path = os.path.join(directory, MONITOR)
    try:
        with open(path, encoding="utf-8") as file:
            ownership.require_safe(path)
            data = json.loads(file.read(1 << 16))
        return Kept(str(data["pin_root"]), bool(data["redirects"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise XdpError(f"{path} cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise XdpError(f"{path} is damaged. Run xdp_monitor once more") from error


def ensure(kept: Kept, check_mode: bool) -> pins.Outcome:
    """Bring the monitor back as it was kept; with ``check_mode``, only say what would change."""
    return pins.ensure(kept.pin_root, kept.redirects, check_mode)
