# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a pin set: what was asked for and what was loaded.

bpffs has no regular files, but it has symbolic links whose target may be any
text. They are made and renamed atomically and are gone at reboot together with
the pins, so the record can never speak of a kernel that is no more.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._object.names import usable_name
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import STAGED

_VERSION = 1

# A link's target is a path to the kernel: PATH_MAX with its final zero is 4096.
_LONGEST = 4095


class RecordedProgram(NamedTuple):
    #: Digests of what the object was made from, and of the object.
    source: str
    object: str
    name: str
    id: int
    tag: str
    #: All functions of the source that could be a program.
    functions: tuple[str, ...]
    #: Ids of the object's maps by name, pinned or not.
    maps: dict[str, int]


class RecordedMaps(NamedTuple):
    source: str
    object: str
    #: Ids of the maps that are pinned, by name.
    ids: dict[str, int]


class Record(NamedTuple):
    maps: RecordedMaps | None = None
    program: RecordedProgram | None = None
    #: Pins (``maps/x``, ``programs/y``) that a run is about to make. One that was
    #: killed meanwhile leaves them here, so that the next run knows its own.
    pending: tuple[str, ...] = ()

    def names(self, part: str) -> set[str]:
        """The pins of this part (``maps`` or ``programs``) that are ours."""
        ours = {name.partition("/")[2] for name in self.pending if name.startswith(part + "/")}
        if self.maps and part == "maps":
            ours.update(self.maps.ids)
        if self.program:
            ours.update(self.program.maps if part == "maps" else [self.program.name])
        return ours

    def to_text(self) -> str:
        data: dict[str, Any] = {"version": _VERSION}
        if self.maps:
            data["maps"] = self.maps._asdict()
        if self.program:
            data["program"] = self.program._asdict()
        if self.pending:
            data["pending"] = self.pending
        text = json.dumps(data, separators=(",", ":"), sort_keys=True)
        if len(text) > _LONGEST:
            raise XdpError(
                f"The record of this pin set would take {len(text)} bytes, and {_LONGEST} are possible. "
                f"The object has too many maps or functions, or too long names of them"
            )
        return text


class _NotOurs(Exception):
    """The text was not written by this version."""


def parse(text: str) -> Record | None:
    """The record, or ``None`` for anything that this version did not write."""
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            return None
        return Record(
            _maps(data["maps"]) if "maps" in data else None,
            _program(data["program"]) if "program" in data else None,
            _words(data["pending"]) if "pending" in data else (),
        )
    except (_NotOurs, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _maps(data: Any) -> RecordedMaps:
    return RecordedMaps(_word(data["source"]), _word(data["object"]), _ids(data["ids"]))


def _program(data: Any) -> RecordedProgram:
    return RecordedProgram(
        _word(data["source"]),
        _word(data["object"]),
        _name(data["name"]),
        _id(data["id"]),
        _word(data["tag"]),
        _words(data["functions"]),
        _ids(data["maps"]),
    )


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise _NotOurs
    return value


def _name(value: Any) -> str:
    """Of a pin: it must not lead elsewhere."""
    if not usable_name(_word(value)):
        raise _NotOurs
    return str(value)


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise _NotOurs
    return tuple(_word(each) for each in value)


def _id(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 32:
        raise _NotOurs
    return value


def _ids(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise _NotOurs
    return {_name(name): _id(id) for name, id in value.items()}


def read(path: str) -> str | None:
    """The text of the record; ``None`` when there is none."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def write(path: str, text: str) -> None:
    """Put the text there in one step, over what was there."""
    staged = path + STAGED
    with suppress(FileNotFoundError):
        os.unlink(staged)
    try:
        os.symlink(text, staged)
    except OSError as error:  # Python has it name the link's target first, which is the text
        raise KernelError(f"Cannot write the record {path}", error.errno or 0) from None
    rename_over(staged, path)


def rename_over(staged: str, path: str) -> None:
    """Give what is staged its final name in one step, or leave nothing behind."""
    try:
        os.rename(staged, path)
    except OSError:
        os.unlink(staged)
        raise
