# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where the text of a record lies: the targets of symbolic links.

bpffs has no regular files, but it has symbolic links whose target may be any
text of at most one page. They are made and renamed atomically. A text that fits
into one is the target of ``record``. Of a longer one ``record`` is the header,
which names the digest of the text and how many links ``record-DIGEST-NUMBER``
hold its parts. These are made first and the header takes its place after them
by rename(2), which is the moment from which the new text counts; the parts of
the old text go last. So at any moment the header names parts that are there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import STAGED

# A link's target is a path to the kernel: PATH_MAX with its final zero is 4096.
PAGE = 4095

# A megabyte: enough for every map that a program can have, and for twenty thousand interfaces.
MOST_PARTS = 256

# Another run would have to write this often while one reads.
_MOST_READINGS = 100

_HEADER = re.compile(r'\{"digest":"([0-9a-f]{32})","parts":([1-9][0-9]{0,2}),"version":2\}')
_PART = re.compile(r"record-[0-9a-f]{32}-[0-9]{1,3}")


def pages(text: str) -> list[str]:
    """The text in parts that each fit into one symbolic link."""
    return [text[at : at + PAGE] for at in range(0, len(text), PAGE)]


def digest_of(text: str) -> str:
    """Half of the text's SHA-256, 32 hexadecimal digits: enough to notice a part of another record."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]


def _part_names(digest: str, count: int) -> list[str]:
    return [f"record-{digest}-{number}" for number in range(count)]


def is_name(name: str) -> bool:
    """Whether a name in the set's directory is one of those that the record takes."""
    return name in ("record", "record" + STAGED) or _PART.fullmatch(name) is not None


def names(text: str | None) -> list[str]:
    """The names that this text takes, the header's first; none without a record."""
    if text is None:
        return []
    parts = _part_names(digest_of(text), len(pages(text))) if len(text) > PAGE else []
    return ["record", *parts]


def read(path: str) -> str | None:
    """The text of the record; ``None`` when there is none, and the header alone when parts are missing or spoilt.

    Needs no lock. When a writer takes the parts away between two looks, the
    header is another one by then, and is read again.
    """
    failed = header = None
    for _attempt in range(_MOST_READINGS):
        try:
            header = os.readlink(path)
        except OSError:
            return None
        named = _HEADER.fullmatch(header)
        if named is None or header == failed:
            return header
        text = _assembled(os.path.dirname(path), named.group(1), int(named.group(2)))
        if text is not None:
            return text
        failed = header
    return header


def _assembled(directory: str, digest: str, count: int) -> str | None:
    """The parts in one, when they are what the header says."""
    if count > MOST_PARTS:
        return None
    try:
        text = "".join(os.readlink(os.path.join(directory, name)) for name in _part_names(digest, count))
    except OSError:
        return None
    return text if digest_of(text) == digest else None


def left_over(directory: str, there: Iterable[str], taken: Iterable[str]) -> list[str]:
    """What killed runs left of records, among the names that are there."""
    return [
        name for name in there if is_name(name) and name not in taken and os.path.islink(os.path.join(directory, name))
    ]
