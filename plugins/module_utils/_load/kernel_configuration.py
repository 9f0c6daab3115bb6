# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The running kernel's version and configuration, where distributions and the kernel itself say them."""

from __future__ import annotations

import os
import re
import zlib

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_settings
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import KernelSetting, MapSpec

_VERSION = "LINUX_KERNEL_VERSION"

# Bytes of a configuration, unpacked: today's have some 300,000.
_LARGEST = 16 << 20


def values(map_spec: MapSpec) -> bytes:
    """The value of a map of settings, by what the running kernel is; raises ``XdpError`` for one that it lacks."""
    return kernel_settings.lay_out(map_spec, _found(map_spec.settings))


def _found(settings: tuple[KernelSetting, ...]) -> dict[str, str]:
    names = {setting.name for setting in settings}
    found = {}
    if _VERSION in names:
        found[_VERSION] = str(_version_code(*_version()))
    wanted = {name for name in names if name.startswith("CONFIG_")}
    if wanted:
        found.update(kernel_settings.parse(_configuration().decode(errors="replace").splitlines(), wanted))
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
