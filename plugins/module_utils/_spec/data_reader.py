# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.


"""Values taken out of plain data, each with its type; anything unexpected is refused."""

from __future__ import annotations

import base64
from collections.abc import Container
from typing import Any, Callable, NoReturn, TypeVar

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name

_U32 = 1 << 32

_T = TypeVar("_T")


class Malformed(Exception):
    """The text says what is wrong, and where."""


class Reader:
    """Takes values out of plain data, each with its type."""

    def __init__(self, data: Any, where: str = "") -> None:
        if not isinstance(data, dict):
            raise Malformed(f"{where or 'it'} is not a dictionary")
        self._data = data
        self._where = where

    def _wrong(self, key: str, why: str) -> NoReturn:
        raise Malformed(f"{self._where}{'.' if self._where else ''}{key} {why}")

    def _take(self, key: str) -> Any:
        if key not in self._data:
            self._wrong(key, "is missing")
        return self._data[key]

    def text(self, key: str) -> str:
        """The text under ``key``. Raises ``Malformed`` for anything else, as all of these do, with the way to the key."""
        value = self._take(key)
        if not isinstance(value, str):
            self._wrong(key, "is not a text")
        try:
            value.encode()
        except UnicodeEncodeError:
            self._wrong(key, "has invalid characters")
        return value

    def name(self, key: str = "name") -> str:
        """A text that can be a name in bpffs."""
        value = self.text(key)
        if not usable_name(value):
            self._wrong(key, f"is {short(value)!r}, which cannot be a name in the BPF file system")
        return value

    def number(self, key: str, limit: int = _U32) -> int:
        """A whole number from 0 up to, and without, ``limit``."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
            self._wrong(key, f"is not a number below {limit}")
        return value

    def flag(self, key: str) -> bool:
        """False where it is missing."""
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            self._wrong(key, "is not a boolean")
        return value

    def one_of(self, key: str, known: Container[str]) -> str:
        """A text that is among ``known``."""
        value = self.text(key)
        if value not in known:
            self._wrong(key, f"is {short(value)!r}, which is not known")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of them."""
        values = tuple(self.items(key))
        if not all(isinstance(value, str) for value in values):
            self._wrong(key, "is not a list of texts")
        return values

    def blob(self, key: str, unit: int = 1) -> bytes:
        """Bytes, from base64; their number has to be a multiple of ``unit``."""
        text = self._take(key)
        if not isinstance(text, str):
            self._wrong(key, "is not a text")
        try:
            value = base64.b64decode(text, validate=True)
        except ValueError:  # binascii.Error is one
            self._wrong(key, "is not base64")
        if len(value) % unit:
            self._wrong(key, f"is not a multiple of {unit} bytes")
        return value

    def blob_or_none(self, key: str) -> bytes | None:
        """The same, where ``null`` is possible too."""
        return None if self._take(key) is None else self.blob(key)

    def items(self, key: str) -> list[Any]:
        """The elements of a list, whatever they are."""
        value = self._take(key)
        if not isinstance(value, list):
            self._wrong(key, "is not a list")
        return value

    def optional(self, key: str, take: Callable[[str], _T], default: _T) -> _T:
        """What ``take`` makes of it; the default where it is missing."""
        return take(key) if key in self._data else default

    def reader(self, key: str) -> Reader:
        """A reader of the dictionary under ``key``."""
        return Reader(self._take(key), f"{self._where}{'.' if self._where else ''}{key}")

    def readers(self, key: str) -> list[Reader]:
        """A reader for each dictionary of the list under ``key``."""
        return [
            Reader(item, f"{self._where}{'.' if self._where else ''}{key}[{index}]")
            for index, item in enumerate(self.items(key))
        ]
