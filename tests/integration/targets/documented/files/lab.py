# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller and hosts to follow a guide on: a few processes, each with network interfaces and files of its own.

Each has a network namespace and a mount namespace: with a BPF file system, and with directories in which everything
can be written and nothing stays. They end with this process, whichever way it ends, and all of it with them.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import textwrap
from contextlib import ExitStack
from pathlib import Path

CONTROLLER = "controller"
HOSTS = ("edge1", "edge2")
INTERFACES = ("eth0", "eth1")

# What the host itself may write to. /usr/local/sbin is where xdp_boot installs its program.
_WRITTEN = ("etc", "usr/local", "var/lib", "srv")

# Where Debian's Python looks for modules, of those directories, and what has it compile the modules that Ansible sends only once.
_MODULES = "/usr/local/lib/python{}.{}/dist-packages".format(*sys.version_info)
_KEPT_BYTECODE = Path(__file__).resolve().parents[4] / "kept_bytecode.py"

# sudo in place of sudo: the host's name first, then sudo's options, then the command.
_ENTER = """\
#!/bin/sh
host=$1
shift
while :; do
    case $1 in
        -u) shift 2 ;;
        -*) shift ;;
        *) break ;;
    esac
done
exec nsenter --target="$(cat {directory}/$host.pid)" --net --mount --uts --root "$@"
"""

# The process ends when its standard input does, which this process holds.
_KEEP = """\
set -eu
hostname {name}
ip link set lo up
mount -t tmpfs tmpfs {directory}/{name}
for path in {written}; do
    mkdir -p {directory}/{name}/$path {directory}/{name}/work/$path
    mount -t overlay overlay -o "lowerdir=/$path,upperdir={directory}/{name}/$path,workdir={directory}/{name}/work/$path" /$path
done
mkdir -p {modules}/kept_bytecode.cache
cp {kept_bytecode} {modules}
echo 'import kept_bytecode; kept_bytecode.start()' > {modules}/kept_bytecode.pth
mount --bind {bytecode} {modules}/kept_bytecode.cache
mount -t sysfs sysfs /sys
mount -t bpf bpf /sys/fs/bpf
sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
echo up
read -r _ || true
"""


class Lab:
    """``directory`` is empty. Its path has no blanks, nor has that of ``bytecode``, a directory that several labs may share."""

    def __init__(self, directory: str, bytecode: str, held: ExitStack) -> None:
        self.directory = directory
        self._bytecode = bytecode
        self._held = held
        self._pids = {name: self._start(name) for name in (*HOSTS, CONTROLLER)}
        self._write("enter", _ENTER.format(directory=directory), 0o755)
        self._write("inventory.yml", self._inventory())
        for host in HOSTS:
            for interface in INTERFACES:
                self._link(host, interface)
        traffic = os.path.join(os.path.dirname(os.path.abspath(__file__)), "traffic.py")
        ends = [f"{host}{interface}" for host in HOSTS for interface in INTERFACES]
        self._keep(
            subprocess.Popen([*self.on(CONTROLLER), sys.executable, "-I", traffic, *ends], stdin=subprocess.PIPE)
        )

    def on(self, name: str) -> list[str]:
        """How a command is run there."""
        return [f"{self.directory}/enter", name]

    def environment(self) -> dict[str, str]:
        """Ansible's settings: as a user has them, but for what makes these hosts and their log-in."""
        return {
            "ANSIBLE_INVENTORY": f"{self.directory}/inventory.yml",
            "ANSIBLE_HOME": f"{self.directory}/home",
            "ANSIBLE_BECOME_EXE": f"{self.directory}/enter {CONTROLLER}",
            "ANSIBLE_BECOME_ALLOW_SAME_USER": "true",
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_FORCE_COLOR": "false",
            "ANSIBLE_NOCOLOR": "true",
        }

    def _inventory(self) -> str:
        hosts = "".join(
            f"""
                {host}:
                  ansible_become_exe: {self.directory}/enter {host}"""
            for host in HOSTS
        )
        # Nothing is started at boot on the machine that runs this.
        return textwrap.dedent(
            f"""\
            edge_routers:
              hosts:{hosts}
              vars:
                ansible_connection: local
                ansible_python_interpreter: /usr/bin/python3
                ansible_remote_tmp: {self.directory}/remote
                xdp_program_boot: false
                xdp_filter_boot: false
            """
        )

    def _write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def _start(self, name: str) -> int:
        os.mkdir(os.path.join(self.directory, name))
        script = _KEEP.format(
            name=name,
            directory=shlex.quote(self.directory),
            written=" ".join(_WRITTEN),
            modules=_MODULES,
            kept_bytecode=shlex.quote(str(_KEPT_BYTECODE)),
            bytecode=shlex.quote(self._bytecode),
        )
        command = ["unshare", "--net", "--mount", "--uts", "sh", "-c", script]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._keep(process)
        if process.stdout is None or process.stdout.readline() != "up\n":
            raise RuntimeError(f"The host {name} does not come up")
        self._write(f"{name}.pid", str(process.pid))
        return process.pid

    def _keep(self, process: subprocess.Popen[str]) -> None:
        def end() -> None:
            if process.stdin:
                process.stdin.close()
            process.wait()

        self._held.callback(end)

    def _link(self, host: str, interface: str) -> None:
        """The far ends of all interfaces are the controller's."""
        far = f"{host}{interface}"
        make = f"ip link add {interface} type veth peer name {far} netns {self._pids[CONTROLLER]}; ip link set {interface} up"
        subprocess.run([*self.on(host), "sh", "-ec", make], check=True)
        subprocess.run([*self.on(CONTROLLER), "ip", "link", "set", far, "up"], check=True)
