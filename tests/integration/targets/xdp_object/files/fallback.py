# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A program loaded with its CO-RE relocations by the kernel, and by this collection: OBJECT PROGRAM DIRECTORY

Both are pinned in the directory, as \"kernel\" and \"fallback\". A refusal is printed.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of


def main() -> None:
    path, program, directory = sys.argv[1:]
    with open(path, "rb") as file:
        spec = read_object(path, file.read())
    os.makedirs(directory)
    for name, knows in (("kernel", True), ("fallback", False)):
        # As a kernel before Linux 5.17 answers.
        bpf_change.knows_core_relocations = lambda knows=knows: knows
        try:
            with ExitStack() as held:
                fd = loader.load(spec, team_of(spec, program), {}, held).programs[program]
                bpf.obj_pin(fd, os.path.join(directory, name))
        except XdpError as error:
            print(str(error).splitlines()[0])


if __name__ == "__main__":
    main()
