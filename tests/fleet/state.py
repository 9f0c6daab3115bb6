# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is different on the hosts of a fleet: state.py FLEET ROOTS"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import sys

FLEET, ROOTS = sys.argv[1:]
LAB = os.path.join("/run", FLEET)
# Below the root. What is mounted, as /run and /tmp are, is not there anyway.
VOLATILE = {"root/.ansible", "var/log"}
# The kernel puts these into each new BPF file system.
KERNELS_PINS = {"maps.debug", "progs.debug"}
KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "fifo",
}


def describe(path, contents=True):
    """Kind, mode, owner and contents of a file; None when there is none."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    kind = KINDS[stat.S_IFMT(status.st_mode)]
    if kind == "device" and status.st_rdev == 0:
        return None  # the overlay's mark for a file of a lower layer that was removed
    words = [kind, f"{stat.S_IMODE(status.st_mode):04o}", f"{status.st_uid}:{status.st_gid}"]
    if kind == "link":
        words.append("-> " + os.readlink(path))
    elif kind == "device":
        words.append(f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}")
    elif kind == "file" and contents:
        with open(path, "rb") as stream:
            words.append(hashlib.sha256(stream.read()).hexdigest())
    return " ".join(words)


def walk(top, skip=frozenset()):
    """Paths below a directory, relative to it."""
    for directory, subdirectories, files in os.walk(top):
        relative = os.path.relpath(directory, top)
        for names in (subdirectories, files):
            names[:] = [name for name in names if os.path.normpath(os.path.join(relative, name)) not in skip]
            for name in names:
                yield os.path.normpath(os.path.join(relative, name))


def is_opaque(path):
    """Whether a directory of the upper layer hides that of the lower ones instead of being merged with it."""
    try:
        return os.getxattr(path, "trusted.overlay.opaque", follow_symlinks=False) == b"y"
    except OSError:
        return False


def files(host):
    """What was written on a host and is not as it was."""
    upper = os.path.join(LAB, "hosts", host, "upper")
    lowers = [
        os.path.join(LAB, "hosts", host, "layer"),
        os.path.join(LAB, "layer"),
        os.path.join(ROOTS, host.rstrip("0123456789")),
    ]
    paths = set()
    for path in walk(upper, VOLATILE):
        paths.add(path)
        if is_opaque(os.path.join(upper, path)):
            for lower in lowers:
                paths.update(os.path.join(path, below) for below in walk(os.path.join(lower, path)))
    for path in paths:
        now = describe(os.path.join(upper, path))
        before = next(filter(None, (describe(os.path.join(lower, path)) for lower in lowers)), None)
        if now != before:
            yield "/{} {}".format(path, now or "removed")


def pins(host):
    """What is in a host's BPF file system."""
    with open(os.path.join(LAB, "hosts", host, "pid"), encoding="ascii") as stream:
        top = os.path.join("/proc", stream.read().strip(), "root/sys/fs/bpf")
    os.stat(top)  # fails, unlike walking, when the host is down
    for path in walk(top, KERNELS_PINS):
        yield f"/sys/fs/bpf/{path} {describe(os.path.join(top, path), contents=False)}"


def interfaces(host):
    """The names of all interfaces, and the programs on them."""
    output = subprocess.run(["ip", "-n", f"{FLEET}-{host}", "-d", "-j", "link"], check=True, stdout=subprocess.PIPE)
    links = sorted(json.loads(output.stdout), key=lambda link: link["ifname"])
    yield "interfaces " + " ".join(link["ifname"] for link in links)
    for link in links:
        if "xdp" in link:
            yield "interface {} xdp {}".format(link["ifname"], json.dumps(link["xdp"], sort_keys=True))


def main():
    """Print all of it."""

    def order(host):
        return int(re.sub(r"\D", "", host)), host

    for host in sorted(os.listdir(os.path.join(LAB, "hosts")), key=order):
        for source in (files, pins, interfaces):
            for line in sorted(source(host)):
                print(host, line)


main()
