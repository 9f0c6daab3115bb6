# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

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
import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import STAGED

# A link's target is a path to the kernel: PATH_MAX with its final zero is 4096.
_PAGE = 4095

# A megabyte: enough for every map that a program can have, and for twenty thousand interfaces.
_MOST_PARTS = 256

# Another run would have to write this often while one reads.
_MOST_READINGS = 100

_HEADER = re.compile(r'\{"digest":"([0-9a-f]{32})","parts":([1-9][0-9]{0,2}),"version":2\}')
_PART = re.compile(r"record-[0-9a-f]{32}-[0-9]{1,3}")


def _pages(text: str) -> list[str]:
    return [text[at : at + _PAGE] for at in range(0, len(text), _PAGE)]


def _digest(text: str) -> str:
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
    parts = _part_names(_digest(text), len(_pages(text))) if len(text) > _PAGE else []
    return ["record", *parts]


def require_room(text: str) -> None:
    if len(text) > _PAGE * _MOST_PARTS:
        raise XdpError(
            f"The record of this pin set would take {len(text)} bytes, and {_PAGE * _MOST_PARTS} are possible. "
            f"The object has too many maps or functions, or the set too many interfaces"
        )


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
    if count > _MOST_PARTS:
        return None
    try:
        text = "".join(os.readlink(os.path.join(directory, name)) for name in _part_names(digest, count))
    except OSError:
        return None
    return text if _digest(text) == digest else None


def write(path: str, text: str) -> None:
    """Put the text there, over what was there; when that fails, what was there still is."""
    require_room(text)
    directory = os.path.dirname(path)
    taken = names(text)
    header = text
    made: list[str] = []
    try:
        if len(taken) > 1:
            header = json.dumps(
                {"digest": _digest(text), "parts": len(taken) - 1, "version": 2}, separators=(",", ":"), sort_keys=True
            )
            for name, page in zip(taken[1:], _pages(text)):
                if _make(os.path.join(directory, name), page):
                    made.append(name)
        staged = path + STAGED
        with suppress(FileNotFoundError):
            os.unlink(staged)
        os.symlink(header, staged)
        rename_over(staged, path)
    except OSError:
        _remove(directory, made)
        raise
    _remove(directory, _others(directory, taken))


def _make(path: str, page: str) -> bool:
    """Whether the link was not there already, as a killed run may have left it."""
    with suppress(OSError):
        if os.readlink(path) == page:
            return False
        os.unlink(path)
    os.symlink(page, path)
    return True


def remove(path: str) -> None:
    """Take the record away: it is gone with its header."""
    for each in (path + STAGED, path):
        with suppress(FileNotFoundError):
            os.unlink(each)
    directory = os.path.dirname(path)
    _remove(directory, _others(directory, []))


def _others(directory: str, taken: list[str]) -> list[str]:
    """Parts that belong to no record any more."""
    with suppress(OSError):
        return [name for name in left_over(directory, os.listdir(directory), taken) if name != "record"]
    return []


def left_over(directory: str, there: Iterable[str], taken: Iterable[str]) -> list[str]:
    """What killed runs left of records, among the names that are there."""
    return [
        name for name in there if is_name(name) and name not in taken and os.path.islink(os.path.join(directory, name))
    ]


def _remove(directory: str, some: list[str]) -> None:
    """The text that counts is another one already: what cannot be removed now is a left-over for the next run."""
    for name in some:
        with suppress(OSError):
            os.unlink(os.path.join(directory, name))


def rename_over(staged: str, path: str) -> None:
    """Give what is staged its final name in one step, or leave nothing behind."""
    try:
        os.rename(staged, path)
    except OSError:
        os.unlink(staged)
        raise
