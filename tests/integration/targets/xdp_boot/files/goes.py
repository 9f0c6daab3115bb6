# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes away while a set waits for another run. BPFFS DIRECTORY INTERFACE-PREFIX

An interface: the others get the program. The set itself, while it is to be attached to an interface that has appeared: nothing does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import restore as restoring
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def _runs_a_program(interface: str) -> bool:
    return "xdp" in json.loads(_ip("-d", "-j", "link", "show", interface))[0]


@contextmanager
def _while_locked(root: str, act: Callable[[], object]) -> Iterator[None]:
    """It is done while another run has the lock, two seconds after the block began, which waits for that by then."""
    with ExitStack() as lock:
        lock.enter_context(bpffs.locked(root))

        def go() -> None:
            act()
            time.sleep(0.5)  # the restore waits for the lock, or has not begun and finds what is left
            lock.close()

        timer = threading.Timer(2, go)
        timer.start()
        try:
            yield
        finally:
            timer.join()


def main() -> None:
    root, directory, prefix = sys.argv[1:]
    stays, goes = f"{prefix}1", f"{prefix}3"
    with ExitStack() as held:
        for near, far in ((stays, f"{prefix}2"), (goes, f"{prefix}4")):
            _ip("link", "add", near, "type", "veth", "peer", "name", far)
            held.callback(subprocess.run, ["ip", "link", "del", near], check=False, stderr=subprocess.DEVNULL)
        path = os.path.join(directory, "goes.json")
        held.callback(os.unlink, path)
        with open(os.path.join(directory, "edge.json"), encoding="utf-8") as edge, open(
            path, "w", encoding="utf-8"
        ) as file:
            text = edge.read().replace('"name":"edge"', '"name":"goes"', 1)
            file.write(re.sub(r'"interfaces":\[[^]]*\]', f'"interfaces":{json.dumps([stays, goes])}', text, count=1))
        header = kept.header(directory, "goes")
        assert header is not None and header.interfaces == (stays, goes), header
        held.callback(shutil.rmtree, os.path.join(header.pin_root, "goes"), ignore_errors=True)  # it may never come

        with _while_locked(root, lambda: _ip("link", "del", goes)):
            (found,) = restoring.restore(["goes"], restoring.Options(directory, check_mode=False))
        assert not found.error, found
        assert _runs_a_program(stays), found

        # Too large for native mode.
        _ip("link", "add", goes, "mtu", "9000", "type", "veth", "peer", "name", f"{prefix}4", "mtu", "9000")
        (found,) = restoring.restore(["goes"], restoring.Options(directory, check_mode=False, interface=goes))
        assert found.changed and not found.error, found
        assert any(f"selects generic mode on {goes}" in warning for warning in found.warnings), found

        with _while_locked(root, lambda: shutil.rmtree(os.path.join(header.pin_root, "goes"))):
            (found,) = restoring.restore(["goes"], restoring.Options(directory, check_mode=False, interface=goes))
        assert found == restoring.Restored("goes", removed=True), found
        assert not os.path.exists(os.path.join(header.pin_root, "goes")), found
        assert not _runs_a_program(goes), found
    print("the interface that stays has the program")


if __name__ == "__main__":
    main()
