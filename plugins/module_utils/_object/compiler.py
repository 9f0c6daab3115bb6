# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From C text to an object spec, in a child process that has bcc."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import child
from ansible_collections.ebpf.xdp.plugins.module_utils._object import bcc_child, spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._object.source import Source, digest
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import ObjectSpec

_PACKAGES = "python3-bpfcc on Debian and Ubuntu, python3-bcc on Fedora and RHEL, python-bcc on Arch"
_HEADER_PACKAGES = "linux-libc-dev on Debian and Ubuntu, kernel-headers on Fedora and RHEL, linux-api-headers on Arch"


def compile_source(source: Source, flags: list[str]) -> ObjectSpec:
    """Compile with bcc, in a temporary directory that only this user can read. Raises ``XdpError``."""
    with tempfile.TemporaryDirectory(prefix="xdp-compile-") as directory:
        request = {"text": source.text, "flags": flags, "directory": directory}
        try:
            answer = child.run(bcc_child.__name__, request)
        except child.NotUsable as error:
            raise XdpError(
                f"Compiling {source.name} needs bcc, which no Python of this host has. "
                f"Install it: {_PACKAGES} ({error})"
            ) from None
        except subprocess.CalledProcessError as error:
            raise XdpError(
                f"The compiler died while compiling {source.name}: {_death(error)}\n{_log(directory)}"
            ) from None
    if "missing_headers" in answer:
        raise XdpError(
            f"Compiling {source.name} needs the kernel's user API headers, but {answer['missing_headers']} is missing. "
            f"Install them: {_HEADER_PACKAGES}"
        )
    if "error" in answer:
        raise XdpError(f"{source.name} does not compile:\n{answer['error']}")
    return spec_text.from_json(answer["object"])._replace(source=digest(source, flags))


def _death(error: subprocess.CalledProcessError) -> str:
    if error.returncode < 0:
        return f"killed by {signal.Signals(-error.returncode).name}"
    return f"exit status {error.returncode}"


def _log(directory: str) -> str:
    """What the compiler said before it died: LLVM ends the process at a fatal error."""
    try:
        with open(os.path.join(directory, bcc_child.LOG), encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
