# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Load a program as on a kernel that does not know some kinds of types, and pin it: OBJECT PROGRAM PIN [KIND...]

The kinds are their numbers in BTF. Warnings are printed, and so is a refusal.
"""

from __future__ import annotations

import errno
import sys
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import sanitize
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of


def main() -> None:
    path, program, pin, *numbers = sys.argv[1:]
    unknown = {int(each) for each in numbers}
    load = bpf_change.btf_load

    def refusing(blob: bytes, log_size: int = 0) -> int:
        """As such a kernel answers."""
        if sanitize.newer_kinds(blob) & unknown:
            raise OSError(errno.EINVAL, "Invalid kind")
        return load(blob, log_size)

    bpf_change.btf_load = refusing
    with open(path, "rb") as file:
        spec = read_object(path, file.read())
    try:
        with ExitStack() as held:
            loaded = loader.load(spec, team_of(spec, program), {}, held, warn=lambda text: print(f"warning: {text}"))
            bpf.obj_pin(loaded.programs[program], pin)
            for name, each in loaded.maps.items():
                bpf.obj_pin(each, f"{pin}_{name}")
    except XdpError as error:
        print(f"refused: {error}")


if __name__ == "__main__":
    main()
