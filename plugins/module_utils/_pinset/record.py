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

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import STAGED

_VERSION = 1

# A link's target is a path to the kernel: PATH_MAX with its final zero is 4096.
_LONGEST = 4095


class RecordedProgram(NamedTuple):
    #: Digest of the source with its constants.
    source: str
    name: str
    id: int
    tag: str
    #: All functions of the source that could be a program.
    functions: tuple[str, ...]
    #: Ids of the object's maps by name, pinned or not.
    maps: dict[str, int]


class RecordedMaps(NamedTuple):
    source: str
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


def parse(text: str) -> Record | None:
    """The record, or ``None`` for anything that this version did not write."""
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            return None
        maps = RecordedMaps(**data["maps"]) if "maps" in data else None
        program = RecordedProgram(**data["program"]) if "program" in data else None
        if program:
            program = program._replace(functions=tuple(program.functions))
        record = Record(maps, program, tuple(data.get("pending", ())))
        for ids in (maps.ids if maps else {}, program.maps if program else {}):
            if not all(isinstance(id, int) for id in ids.values()):
                return None
        record.names("maps")
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return record


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
    os.symlink(text, staged)
    os.rename(staged, path)
