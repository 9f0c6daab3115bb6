# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where the parts of a pin set are, and what may be called how."""

from __future__ import annotations

import os
import re
from collections.abc import Container

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Ends the names of the files that keep sets for the next boot.
KEPT_SUFFIX = ".json"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

_INTERFACE_NAME_SIZE = 16  # IFNAMSIZ of include/uapi/linux/if.h, with the zero at the end

#: Ends the name of a pin that is about to take another's place. No C identifier
#: and no escaped interface name has it, so what has it is always a left-over.
STAGED = "~"

#: The directory of a change that is not confirmed yet; see _trial/places.py.
TRIAL = "trial"

#: A symbolic link to the name of another set, which has interfaces of this one on trial; see _trial/giving.py.
GIVING = "giving"


def free_staged(path: str, taken: Container[str]) -> str:
    """A staged name for this path that no left-over has."""
    staged = path + STAGED
    while staged in taken:
        staged += STAGED
    return staged


def is_name(name: str) -> bool:
    """Whether a pin set can have this name: 1 to 64 ASCII letters, digits, underscores and hyphens."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """The name; raises ``XdpError`` if a pin set cannot have it."""
    if not is_name(name):
        raise XdpError(
            f"{name[:200]!r} cannot be the name of a pin set. Use 1 to 64 letters, digits, underscores and hyphens"
        )
    return name


def sets(pin_root: str) -> list[str]:
    """The names of the pin sets that are there, sorted."""
    return [name for name in bpffs.names(pin_root) if is_set(pin_root, name)]


def is_set(pin_root: str, name: str) -> bool:
    """Whether there is a pin set of this name."""
    return is_name(name) and _is_directory(os.path.join(pin_root, name))


def _is_directory(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def kept_path(directory: str, name: str) -> str:
    """The file that keeps a set for the next boot, in the directory of kept sets; see kept.py."""
    return os.path.join(directory, check_name(name) + KEPT_SUFFIX)


def is_interface_name(name: str) -> bool:
    """Whether an interface may be called so: dev_valid_name (net/core/dev.c)."""
    allowed = not any(each in "/:\0" or each.isspace() for each in name)
    return allowed and 0 < len(os.fsencode(name)) < _INTERFACE_NAME_SIZE and name not in (".", "..")


def link_name(interface: str) -> str:
    """An interface's name as a name in bpffs, which has no dots (``eth0.100``)."""
    return interface.replace("%", "%25").replace(".", "%2E").replace(STAGED, "%7E")


class Layout:
    """The paths of one pin set."""

    def __init__(self, pin_root: str, name: str) -> None:
        self.pin_root = pin_root
        self.name = name
        self.path = os.path.join(pin_root, check_name(name))
        self.record = os.path.join(self.path, "record")
        self.directories = {part: os.path.join(self.path, part) for part in ("maps", "programs", "links")}

    def map(self, name: str) -> str:
        """Where the map of this name is pinned."""
        return os.path.join(self.directories["maps"], name)

    def program(self, name: str) -> str:
        """Where the program of this name is pinned."""
        return os.path.join(self.directories["programs"], name)

    def link(self, interface: str) -> str:
        """Where the link of the interface is pinned."""
        return os.path.join(self.directories["links"], link_name(interface))
