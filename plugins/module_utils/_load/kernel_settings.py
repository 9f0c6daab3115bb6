# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the running kernel's build, as the variables of a program (``extern ... __kconfig``).

What is taken, and what fits which type, is as in libbpf (bpf_object__read_kconfig_file and
set_kcfg_value_* in libbpf.c, 1.5).
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import KernelSetting, MapSpec

_VERSION = "LINUX_KERNEL_VERSION"

# Bytes of a configuration, unpacked: today's have some 300,000.
_LARGEST = 16 << 20

# enum libbpf_tristate of bpf_helpers.h.
_TRISTATE = {"n": 0, "y": 1, "m": 2}


def values(map: MapSpec) -> bytes:
    """The value of the map, by what the running kernel is; raises ``XdpError`` for a setting that it lacks."""
    return lay_out(map, _found(map.settings))


def lay_out(map: MapSpec, found: dict[str, str]) -> bytes:
    """The value of the map, with the settings that were found as the configuration has them, such as ``y`` or ``"text"``."""
    data = bytearray(map.value_size)
    for setting in map.settings:
        text = found.get(setting.name)
        if text is not None:
            data[setting.offset : setting.offset + setting.size] = _encoded(setting, text)
        elif not setting.weak:
            raise XdpError(
                f"The program needs {short(setting.name)}, which the running kernel's configuration does not have. "
                f"Run a kernel that has it, or declare it __weak"
            )
    return bytes(data)


def _found(settings: tuple[KernelSetting, ...]) -> dict[str, str]:
    names = {setting.name for setting in settings}
    found = {}
    if _VERSION in names:
        found[_VERSION] = str(_version_code(*_version()))
    wanted = {name for name in names if name.startswith("CONFIG_")}
    if wanted:
        found.update(parse(_configuration().decode(errors="replace").splitlines(), wanted))
    return found


def parse(lines: Iterable[str], wanted: set[str]) -> dict[str, str]:
    """The values of these settings in a kernel's configuration."""
    found = {}
    for line in lines:
        if line.startswith("CONFIG_"):
            name, equals, value = line.partition("=")
            if equals and name in wanted:
                found[name] = value.rstrip()
    return found


def _configuration() -> bytes:
    """Of the running kernel, from where distributions and the kernel itself have it."""
    boot = f"/boot/config-{os.uname().release}"
    own = "/proc/config.gz"
    for path in (boot, own):
        try:
            with open(path, "rb") as file:
                data = file.read(_LARGEST)
            if data.startswith(b"\x1f\x8b"):
                return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, _LARGEST)
            return data
        except (OSError, zlib.error):
            continue
    raise XdpError(
        f"The program asks for the configuration of the running kernel, which is neither in {boot} nor in {own}. "
        f"Install the first, which comes with the kernel's package, or run a kernel with CONFIG_IKCONFIG_PROC"
    )


def _version() -> tuple[int, int, int]:
    """Of the running kernel; the release of some distributions names the version that they began with."""
    try:
        with open("/proc/version_signature", encoding="ascii", errors="replace") as file:  # Ubuntu
            found = re.match(r"\S+ \S+ (\d+)\.(\d+)\.(\d+)", file.read(200))
    except OSError:
        found = re.search(r"Debian (\d+)\.(\d+)\.(\d+)", os.uname().version)
    found = found or re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", os.uname().release)
    major, minor, patch = found.groups() if found else (0, 0, 0)
    return int(major), int(minor), int(patch or 0)


def _version_code(major: int, minor: int, patch: int) -> int:
    """KERNEL_VERSION of linux/version.h."""
    return (major << 16) + (minor << 8) + min(patch, 255)


def _encoded(setting: KernelSetting, text: str) -> bytes:
    """The value as the program's variable has it; raises ``XdpError`` when its type cannot have it."""
    if text in _TRISTATE:
        if setting.kind == "tristate":
            return _number(_TRISTATE[text], setting.size)
        if setting.kind == "bool" and text != "m":
            return _number(_TRISTATE[text], setting.size)
        if setting.kind == "char":
            return text.encode()
    elif text.startswith('"'):
        if setting.kind == "text" and len(text) > 1 and text.endswith('"'):
            # What does not fit is cut off, with a zero byte at the end.
            return text[1:-1].encode(errors="replace")[: setting.size - 1].ljust(setting.size, b"\0")
    else:
        value = _as_number(text)
        if value is not None and setting.kind in ("int", "char", "bool") and _fits(setting, value):
            return _number(value, setting.size)
    raise XdpError(
        f"The setting {short(setting.name)} of the running kernel is {short(text)}, which its type in the program, "
        f"{setting.kind} of {setting.size} bytes, cannot have. Declare it with another type"
    )


def _as_number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None


def _fits(setting: KernelSetting, value: int) -> bool:
    if setting.kind == "bool":
        return value in (0, 1)
    bits = 8 * setting.size
    if bits == 64:  # either way, as in libbpf
        return -(1 << 63) <= value < 1 << 64
    return -(1 << bits - 1) <= value < 1 << bits - 1 if setting.signed else 0 <= value < 1 << bits


def _number(value: int, size: int) -> bytes:
    return (value & (1 << 8 * size) - 1).to_bytes(size, sys.byteorder)
