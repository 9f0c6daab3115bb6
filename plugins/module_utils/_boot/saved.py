# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pin sets as they are kept on a host's disk, to come back after a reboot.

One file for each set, so that a damaged one fails that set alone. It has what
xdp_pin was asked for, with the object itself.
"""

from __future__ import annotations

import json
import os
import stat
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._object import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import check_name, is_name

#: To be raised when a file of today would mean something else.
FORMAT = "ebpf.xdp saved set 1"

#: Bytes of a file. An object of many variables takes some MiB; what is larger is damaged, and not worth all memory.
LARGEST = 256 << 20

#: Where they are unless said otherwise.
DIRECTORY = "/var/lib/ebpf-xdp"

_SUFFIX = ".json"

_MODES = ("auto", "native", "generic", "offload")
_METHODS = ("auto", "link", "netlink")


class SavedSet(NamedTuple):
    name: str
    pin_root: str
    object: ObjectSpec
    program: str | None
    #: ``None`` for a set that is attached nowhere.
    interfaces: tuple[str, ...] | None
    mode: str
    attach: str


def path(directory: str, name: str) -> str:
    return os.path.join(directory, check_name(name) + _SUFFIX)


def names(directory: str) -> list[str]:
    """The sets that are kept there, sorted; none when the directory is not there. Other files are no sets."""
    try:
        found = os.listdir(directory)
    except FileNotFoundError:
        return []
    return sorted(name[: -len(_SUFFIX)] for name in found if name.endswith(_SUFFIX) and is_name(name[: -len(_SUFFIX)]))


def to_text(saved: SavedSet) -> str:
    data = {
        "format": FORMAT,
        **saved._asdict(),
        "object": spec_text.to_json(saved.object),
        "interfaces": None if saved.interfaces is None else list(saved.interfaces),
    }
    return json.dumps(data, sort_keys=True, separators=(",", ":")) + "\n"


def read(directory: str, name: str) -> SavedSet:
    """One set; the error names its file."""
    file_path = path(directory, name)
    try:
        return _parse(name, json.loads(content(directory, name)))
    except OSError as error:
        raise XdpError(f"{file_path} cannot be read: {error.strerror}") from None
    except (_Malformed, ValueError, RecursionError) as error:
        raise XdpError(f"{file_path} is damaged: {error}. Deploy the set once more") from None
    except XdpError as error:
        raise XdpError(f"{file_path}: {error}") from None


def content(directory: str, name: str) -> bytes:
    """The bytes of the set's file, which nobody but root can have written: it is loaded into the kernel at boot."""
    ownership.require_safe(os.path.abspath(directory))
    # Neither waiting for the other end of a pipe nor following a link to what belongs elsewhere.
    fd = os.open(path(directory, name), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(fd, "rb") as file:
        status = os.fstat(fd)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022 or not stat.S_ISREG(status.st_mode):
            raise XdpError("it is not a file that only its owner, root, can write. It was not loaded")
        if status.st_size > LARGEST:
            raise XdpError(f"it has more than {LARGEST >> 20} MiB, so it is damaged. Deploy the set once more")
        return file.read(LARGEST)


class _Malformed(Exception):
    """The text says what is wrong."""


def _parse(name: str, data: Any) -> SavedSet:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _Malformed(f"it is not of the format {FORMAT!r}")
    if data.get("name") != name:
        raise _Malformed(f"it is of the set {data.get('name')!r}")
    interfaces = data.get("interfaces")
    if interfaces is not None and not (isinstance(interfaces, list) and all(isinstance(i, str) for i in interfaces)):
        raise _Malformed("interfaces is not a list of names")
    program = data.get("program")
    if program is not None and not isinstance(program, str):
        raise _Malformed("program is not a name")
    pin_root = data.get("pin_root")
    if not isinstance(pin_root, str) or data.get("mode") not in _MODES or data.get("attach") not in _METHODS:
        raise _Malformed("pin_root, mode or attach is not what it can be")
    return SavedSet(
        name,
        pin_root,
        spec_text.from_json(data.get("object")),
        program,
        None if interfaces is None else tuple(interfaces),
        data["mode"],
        data["attach"],
    )
