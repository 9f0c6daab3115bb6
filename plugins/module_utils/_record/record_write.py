# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Write the text of a record, or take it away; record_links.py says how it lies there."""

from __future__ import annotations

import json
import os
from contextlib import suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import settle, taking_back
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import STAGED
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record_links import (
    MOST_PARTS,
    PAGE,
    digest_of,
    left_over,
    names,
    pages,
)


def require_room(text: str) -> None:
    """Raise ``XdpError`` for a record that is too long to be written."""
    if len(text) > PAGE * MOST_PARTS:
        raise XdpError(
            f"The record of this pin set would take {len(text)} bytes, and {PAGE * MOST_PARTS} are possible. "
            f"The object has too many maps or functions, or the set too many interfaces"
        )


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
                {"digest": digest_of(text), "parts": len(taken) - 1, "version": 2},
                separators=(",", ":"),
                sort_keys=True,
            )
            for name, page in zip(taken[1:], pages(text)):
                if _make(os.path.join(directory, name), page):
                    made.append(name)
        staged = path + STAGED
        with suppress(FileNotFoundError):
            os.unlink(staged)
        os.symlink(header, staged)
        # A rename that was interrupted may have been done: then the parts belong to the record in force.
        with taking_back(lambda: _unlink(staged)):
            settle(lambda: os.rename(staged, path), lambda: os.readlink(path) == header)
    except OSError as error:
        _remove(directory, made)
        # A failed symlink(2) names the link's target, which is the record's text.
        raise KernelError(f"Cannot write the record {path}", error.errno or 0) from error
    _remove(directory, _others(directory, taken))


def _unlink(path: str) -> None:
    """Once this returns nothing is there, and when it raises it is what was there."""
    settle(lambda: os.unlink(path), lambda: not os.path.lexists(path))


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
        _unlink(each)
    directory = os.path.dirname(path)
    _remove(directory, _others(directory, []))


def _others(directory: str, taken: list[str]) -> list[str]:
    """Parts that belong to no record any more."""
    with suppress(OSError):
        return [name for name in left_over(directory, os.listdir(directory), taken) if name != "record"]
    return []


def _remove(directory: str, some: list[str]) -> None:
    """The text that counts is another one already: what cannot be removed now is a left-over for the next run."""
    for name in some:
        with suppress(OSError):
            os.unlink(os.path.join(directory, name))
