# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fill maps in a control group whose memory is taken by page cache, as it is in most containers."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import kernel_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, map_write
from kernel_maps import Map, made, require

_LIMIT = 64 << 20
_ENTRIES = 200_000


@contextmanager
def _group(held: ExitStack) -> Iterator[Path]:
    """A control group that may have so much memory: of version 2 if that has the controller, or else of version 1."""
    root = Path(held.enter_context(tempfile.TemporaryDirectory()))
    subprocess.run(["mount", "-t", "cgroup2", "cgroup2", root], check=True)
    second = "memory" in (root / "cgroup.controllers").read_text().split()
    if second and "memory" not in (root / "cgroup.subtree_control").read_text().split():
        (root / "cgroup.subtree_control").write_text("+memory")
    if not second:
        subprocess.run(["umount", root], check=True)
        subprocess.run(["mount", "-t", "cgroup", "-o", "memory", "memory", root], check=True)
    held.callback(subprocess.run, ["umount", root], check=True)
    group = root / f"xdp-map-{os.getpid()}"
    group.mkdir()
    held.callback(group.rmdir)
    (group / ("memory.max" if second else "memory.limit_in_bytes")).write_text(str(_LIMIT))
    yield group


def _short_of_memory(map_type: str, flags: int) -> None:
    """Fill such a map while the group is full of page cache, which could be reclaimed at any time."""
    with tempfile.TemporaryFile(dir="/var/tmp") as file, made(map_type, 8, 8, _ENTRIES, flags) as bpf_map:
        for _megabyte in range(2 * (_LIMIT >> 20)):
            file.write(bytes(1 << 20))
            file.flush()
            os.fsync(file.fileno())
        _fill(bpf_map)


def _fill(bpf_map: Map) -> None:
    keys = [struct.pack("=I", 32) + struct.pack(">I", 7 * number) for number in range(_ENTRIES)]
    refused = 0
    for number, key in enumerate(keys):
        try:
            bpf_change.map_update(bpf_map.fd, key, bytes(8))
        except OSError as error:
            require(error.errno == errno.ENOMEM, error)
            refused = number
            break
    # It is no test where the kernel waits for memory by itself.
    print(f"{bpf_map.info.type}: by itself, the kernel takes {refused or 'all'} of {_ENTRIES}")
    map_write.put_all(bpf_map.fd, bpf_map.info, b"".join(keys), bytes(8), uniform=True)
    for key in (keys[0], keys[refused], keys[-1]):
        require(bpf.map_lookup(bpf_map.fd, key, 8) == bytes(8), key.hex())


def main() -> None:
    with ExitStack() as held:
        group = held.enter_context(_group(held))
        child = os.fork()
        if child == 0:
            try:
                (group / "cgroup.procs").write_text(str(os.getpid()))
                _short_of_memory("lpm_trie", 0)
                _short_of_memory("hash", kernel_maps.NO_PREALLOC)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        _pid, status = os.waitpid(child, 0)
        require(status == 0, f"the child ended with {status}")


if __name__ == "__main__":
    main()
