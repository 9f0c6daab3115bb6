# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Values of the kernel's settings, as a program's variables have them."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_settings
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import KernelSetting, MapSpec

_CONFIGURATION = """\
#
# Automatically generated file; DO NOT EDIT.
#
CONFIG_CC_VERSION_TEXT="gcc (GCC) 12"
CONFIG_HZ=250
CONFIG_BASE=0xffffffff80000000
# CONFIG_OFF is not set
CONFIG_XDP_SOCKETS=m
 CONFIG_INDENTED=y
CONFIG_BROKEN
"""


def laid_out(found: dict[str, str], *settings: KernelSetting) -> bytes:
    size = max(each.offset + each.size for each in settings)
    return kernel_settings.lay_out(MapSpec("kconfig", "array", 4, size, 1, 0, variables=b"", settings=settings), found)


def encoded(text: str, size: int, kind: str, signed: bool = False) -> bytes:
    return laid_out({"CONFIG_X": text}, KernelSetting("CONFIG_X", 0, size, kind, signed))


def test_the_settings_that_are_wanted_are_read() -> None:
    wanted = {
        "CONFIG_HZ",
        "CONFIG_XDP_SOCKETS",
        "CONFIG_OFF",
        "CONFIG_INDENTED",
        "CONFIG_BROKEN",
        "CONFIG_CC_VERSION_TEXT",
    }
    assert kernel_settings.parse(_CONFIGURATION.splitlines(), wanted) == {
        "CONFIG_HZ": "250",
        "CONFIG_XDP_SOCKETS": "m",
        "CONFIG_CC_VERSION_TEXT": '"gcc (GCC) 12"',
    }


@pytest.mark.parametrize(
    ("text", "size", "kind", "signed", "expected"),
    [
        ("y", 1, "bool", False, b"\1"),
        ("n", 1, "bool", False, b"\0"),
        ("1", 1, "bool", False, b"\1"),
        ("y", 4, "tristate", False, b"\1\0\0\0"),
        ("m", 4, "tristate", False, b"\2\0\0\0"),
        ("m", 1, "char", True, b"m"),
        ("7", 1, "char", True, b"\7"),
        ("250", 2, "int", False, b"\xfa\0"),
        ("-1", 4, "int", True, b"\xff" * 4),
        ("0xffffffff80000000", 8, "int", False, b"\0\0\0\x80\xff\xff\xff\xff"),
        ("0xffffffff80000000", 8, "int", True, b"\0\0\0\x80\xff\xff\xff\xff"),
        ('"gcc"', 8, "text", False, b"gcc\0\0\0\0\0"),
        ('"gcc 12.2"', 4, "text", False, b"gcc\0"),
        ('""', 2, "text", False, b"\0\0"),
    ],
)
def test_a_value_that_fits_its_type(text: str, size: int, kind: str, signed: bool, expected: bytes) -> None:
    assert encoded(text, size, kind, signed) == expected


@pytest.mark.parametrize(
    ("text", "size", "kind", "signed"),
    [
        ("m", 1, "bool", False),
        ("2", 1, "bool", False),
        ("y", 4, "int", False),
        ("y", 8, "text", False),
        ("250", 4, "tristate", False),
        ("250", 8, "text", False),
        ("128", 1, "char", True),
        ("65536", 2, "int", False),
        ("-1", 4, "int", False),
        ("0x80000000", 4, "int", True),
        ("99999999999999999999", 8, "int", False),
        ('"gcc"', 4, "int", False),
        ('"gcc', 8, "text", False),
        ("gcc", 8, "int", False),
        ("", 4, "int", False),
    ],
)
def test_a_value_that_its_type_cannot_have(text: str, size: int, kind: str, signed: bool) -> None:
    with pytest.raises(
        XdpError, match=r"^The setting CONFIG_X of the running kernel is .*, which its type in the program, "
    ):
        encoded(text, size, kind, signed)


def test_a_weak_setting_that_is_not_there_is_zero() -> None:
    assert laid_out({}, KernelSetting("CONFIG_X", 2, 4, "int", weak=True)) == bytes(6)


def test_another_setting_that_is_not_there_is_refused() -> None:
    with pytest.raises(
        XdpError, match=r"^The program needs CONFIG_X, which the running kernel's configuration does not have"
    ):
        laid_out({}, KernelSetting("CONFIG_X", 2, 4, "int"))
