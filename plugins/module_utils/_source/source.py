# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A C source as it was asked for: its flat text, its constants, and the digest that names both."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils import _parts
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Part of every digest of a source for bcc: to be raised when the same text would compile to something else.
COMPILER_VERSION = 1

#: The same of a source for clang: the options that this collection gives clang.
CLANG_VERSION = 1


class Header(NamedTuple):
    """A header that is too large to be part of the text, such as ``vmlinux.h``."""

    #: As the text includes it.
    name: str
    #: SHA-256 of its bytes, 64 hexadecimal digits.
    digest: str
    #: Where it is on this machine; empty when it is elsewhere.
    path: str = ""


class Source(NamedTuple):
    """A C source with everything that it includes."""

    #: File name without directories, for messages.
    name: str
    #: The flattened text.
    text: str
    #: What the text includes and does not contain.
    headers: tuple[Header, ...] = ()


class HeadersNeeded(XdpError):
    """The source has to be compiled, and headers of it are still where the source is.

    The action plugin, which reads the answer, sends them and runs the module again. ``names`` are those of ``Header``.
    """

    def __init__(self, source: str, names: list[str]) -> None:
        super().__init__(f"Compiling {source} needs {', '.join(names)}, which did not arrive on this host")
        # What clang makes of it is read by _elf.
        self.answer = {"_headers_needed": names, _parts.NEEDED: ["_elf"]}


def define_flags(defines: dict[str, Any]) -> list[str]:
    """``-D`` options for the compiler, sorted by name; booleans are 1 and 0, ``None`` is a bare name."""
    flags = []
    for name, value in sorted(defines.items(), key=str):
        if not (isinstance(name, str) and name.isascii() and name.isidentifier()):
            raise XdpError(f"defines: {name!r} is not a C identifier")
        if isinstance(value, (dict, list)):
            raise XdpError(
                f"defines: the value of {name} is a {type(value).__name__}. Give a number, a string or a boolean"
            )
        if value is None:
            flags.append(f"-D{name}")
            continue
        replacement = str(int(value)) if isinstance(value, bool) else str(value)
        if any(ord(character) < 32 for character in replacement):
            raise XdpError(f"defines: the value of {name} has a control character in it. Give one line of text")
        flags.append(f"-D{name}={replacement}")
    return flags


def digest(source: Source, flags: list[str]) -> str:
    """Names what bcc was asked for: SHA-256 over text, constants and compiler version, 64 hexadecimal digits."""
    return _sha256([COMPILER_VERSION, source.text, flags])


def clang_digest(source: Source, flags: list[str], constants: dict[str, Any]) -> str:
    """The same for clang, whose version does not count; a ``vmlinux.h`` that is made where it is compiled does not either."""
    headers = sorted([header.name, header.digest] for header in source.headers)
    return _sha256(["clang", CLANG_VERSION, source.text, flags, headers, constants])


def with_constants(digest: str, constants: dict[str, Any]) -> str:
    """Names an object with values of its variables, in whichever order they are given."""
    return _sha256([digest, "constants", {str(name): constants[name] for name in constants}]) if constants else digest


def with_map_options(digest: str, map_options: dict[str, Any]) -> str:
    """Names a source, or an object, with options of its maps, in whichever order they are given."""
    return _sha256([digest, {str(name): map_options[name] for name in map_options}]) if map_options else digest


def _sha256(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
