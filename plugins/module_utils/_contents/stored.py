# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Packed tables on a host's disk: those that kept sets name, each in a file that is named by its digest.

What has the right name thus has the right content, whichever set it is for, and a
table that the host has need not be sent to it again.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat

from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Below the directory of the kept sets.
DIRECTORY = "contents"

#: Not that of sets (``_record.layout.KEPT_SUFFIX``), which older versions take all such files for.
_SUFFIX = ".packed"

_NAME = re.compile("([0-9a-f]{64})" + re.escape(_SUFFIX))

#: Bytes of a file. Ten million prefixes take some 50 MB; what is larger is not worth all memory.
LARGEST = 256 << 20


def path(directory: str, digest: str) -> str:
    """The file of the table with this digest; ``directory`` is that of the kept sets."""
    return os.path.join(directory, DIRECTORY, digest + _SUFFIX)


def digest_of(name: str) -> str | None:
    """The digest in the name of such a file, ``None`` for any other name."""
    found = _NAME.fullmatch(name)
    return found.group(1) if found else None


def read(directory: str, digest: str) -> bytes:
    """A packed table. The error names the file and says what is wrong with it, without a full stop."""
    where = path(directory, digest)
    try:
        return _read(where, digest)
    except OSError as error:
        raise XdpError(f"{where} cannot be read: {error.strerror}") from error


def find(directory: str, digest: str) -> bytes | None:
    """A packed table; ``None`` where it is not there, or not as it should be."""
    try:
        return read(directory, digest)
    except XdpError:
        return None


def _read(where: str, digest: str) -> bytes:
    ownership.require_safe(os.path.dirname(os.path.abspath(where)))
    # Neither waiting for the other end of a pipe nor following a link to what belongs elsewhere.
    fd = os.open(where, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(fd, "rb") as file:
        status = os.fstat(fd)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022 or not stat.S_ISREG(status.st_mode):
            raise XdpError(f"{where} is not a file that only its owner, root, can write, so it was not loaded")
        if status.st_size > LARGEST:
            raise XdpError(f"{where} has more than {LARGEST >> 20} MiB, so it is damaged")
        packed = file.read(LARGEST)
    if hashlib.sha256(packed).hexdigest() != digest:
        raise XdpError(f"{where} is damaged: its content does not have the digest that is its name")
    return packed
