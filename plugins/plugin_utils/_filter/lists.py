# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Lists of addresses in files: one address or prefix a line, and comments after ``#``.

A list may have a prefix twice, because lists are often put together from several.
"""

from __future__ import annotations

import io
import os
import stat
import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places, RowError
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.read_file import blocks
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import addresses

#: Bytes of a file, and prefixes of all files together.
LARGEST = 512 << 20
MOST_PREFIXES = 16 << 20

_EXPECTED = "It should be a text file with an address or a prefix in each line"

#: Lines that are turned into numbers at once.
_CHUNK = 1 << 14


def content(path: str, named: str) -> bytes:
    """The bytes of a file, which messages call ``named``; raises ``XdpError``."""
    try:
        # Without waiting for the other end of a pipe.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise XdpError(f"{named} is not a file")
            found = file.read(LARGEST + 1)
    except OSError as error:
        raise XdpError(f"{named} cannot be read: {error.strerror}") from error
    if len(found) > LARGEST:
        raise XdpError(f"{named} is larger than {LARGEST >> 20} MiB")
    return found


class Lists:
    """The files that rules name, each read once."""

    def __init__(self, read: t.Callable[[str], bytes]) -> None:
        self._read = read
        self._known: dict[str, tuple[list[int], list[int]]] = {}
        self._left = MOST_PREFIXES

    def prefixes(self, name: str) -> tuple[list[int], list[int]]:
        """The IPv4 and the IPv6 prefixes in the file, in its order."""
        if name not in self._known:
            self._known[name] = self._prefixes(name)
        return self._known[name]

    def _prefixes(self, name: str) -> tuple[list[int], list[int]]:
        four: list[int] = []
        six: list[int] = []
        for first, lines in blocks(io.BytesIO(self._read(name)), name, None, _EXPECTED):
            for start in range(0, len(lines), _CHUNK):
                self._add(name, first + start, lines[start : start + _CHUNK], four, six)
        return four, six

    def _add(self, name: str, first: int, lines: list[str], four: list[int], six: list[int]) -> None:
        texts = [line.partition("#")[0].strip() for line in lines]
        numbers: t.Sequence[int] = range(first, first + len(texts))
        if "" in texts:
            numbers = [number for number, text in zip(numbers, texts) if text]
            texts = list(filter(None, texts))
        self._left -= len(texts)
        if self._left < 0:
            raise RowError(Places(name), numbers[-1], f"the lists have more than {MOST_PREFIXES:,} prefixes")
        try:
            found = addresses.read(texts)
        except addresses.WrongAddress as error:
            raise RowError(Places(name), numbers[error.place], str(error)) from error
        four.extend(found[0])
        six.extend(found[1])
