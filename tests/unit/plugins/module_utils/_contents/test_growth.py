# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a file of entries, and a packed table, takes time and memory in proportion to its size, whatever is in it."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import read_file
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.pack import pack, unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth

_FORMS = (
    "10.{0}.{1}.{2}",
    "{0}.{1}.{2}.0/24",
    "2001:db8:{0:x}:{1:x}:{2:x}::/80",
    "02:00:00:{0:02x}:{1:02x}:{2:02x}",
    "{3}",
    "n{3}",
)


def _lines(size: int, *forms: str) -> str:
    """So many bytes of lines, no two of which are the same; one form after the other."""
    found, left = [], size
    for number, form in enumerate(cycle(forms)):
        found.append(form.format(1 + (number >> 16), number >> 8 & 255, number & 255, number))
        left -= len(found[-1]) + 1
        if left < 0:
            return "\n".join(found)
    raise AssertionError


#: By the file's ending: texts of any size.
FILES: dict[str, tuple[str, Callable[[int], str]]] = {
    "prefixes": ("txt", lambda size: _lines(size, _FORMS[1])),
    "all forms in turn": ("txt", lambda size: _lines(size, *_FORMS)),
    "texts that look like numbers": ("txt", lambda size: _lines(size, "0{3}", "{3}")),
    "addresses beside prefixes": ("txt", lambda size: _lines(size, _FORMS[0], _FORMS[1])),
    "quotes": ("csv", lambda size: "key,value\n" + _lines(size, '"{3}","a ""b"" c"')),
    "cells that are left out": (
        "csv",
        lambda size: "key,value.a,value.b\n" + _lines(size, "{3},,1", "{3},1,", "{3},1,1", "{3},,"),
    ),
    "quotes without an end": ("csv", lambda size: 'key\n"' + '""' * (size // 2)),
    "a long name": ("csv", lambda size: "key," + "a" * size),
    "fields of many names": (
        "jsonl",
        lambda size: _lines(size, *(f'{{{{"key":{{3}},"value":{{{{"f{n}":1}}}}}}}}' for n in range(900))),
    ),
    "one text of many": ("jsonl", lambda size: _lines(size, '{{"key":{3},"value":["a",{{"b":"c"}}]}}')),
    "a long number": ("jsonl", lambda size: '{"key":' + "9" * size + "}"),
    "deep lists": ("jsonl", lambda size: '{"key":' + "[" * size),
}


@pytest.mark.parametrize("name", FILES)
def test_files(name: str, tmp_path: Path) -> None:
    ending, build = FILES[name]

    def written(size: int) -> str:
        path = tmp_path / f"{size}.{ending}"
        path.write_text(build(size))
        return str(path)

    def read(path: str) -> object:
        try:
            return unpack(pack(read_file.read_file(path).table))
        except XdpError:
            return None

    growth.check(read, written)
