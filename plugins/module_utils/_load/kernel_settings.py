# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.
"""Settings of a kernel's build, as the variables of a program (``extern ... __kconfig``).

What is taken, and what fits which type, is as in libbpf (bpf_object__read_kconfig_file and
set_kcfg_value_* in libbpf.c, 1.5).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import KernelSetting, MapSpec

# enum libbpf_tristate of bpf_helpers.h.
_TRISTATE = {"n": 0, "y": 1, "m": 2}


def lay_out(map_spec: MapSpec, found: dict[str, str]) -> bytes:
    """The value of the map, with the settings that were found as the configuration has them, such as ``y`` or ``"text"``."""
    data = bytearray(map_spec.value_size)
    for setting in map_spec.settings:
        text = found.get(setting.name)
        if text is not None:
            data[setting.offset : setting.offset + setting.size] = _encoded(setting, text)
        elif not setting.weak:
            raise XdpError(
                f"The program needs {short(setting.name)}, which the running kernel's configuration does not have. "
                f"Run a kernel that has it, or declare it __weak"
            )
    return bytes(data)


def parse(lines: Iterable[str], wanted: set[str]) -> dict[str, str]:
    """The values of these settings in a kernel's configuration."""
    found = {}
    for line in lines:
        if line.startswith("CONFIG_"):
            name, equals, value = line.partition("=")
            if equals and name in wanted:
                found[name] = value.rstrip()
    return found


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
