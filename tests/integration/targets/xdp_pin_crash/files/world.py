# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pin set in a lab, and what bpftool, ip and the packets say of it."""

from __future__ import annotations

import importlib
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import time
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp import plugins
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request
from ansible_collections.ebpf.xdp.plugins.module_utils._source import compiler, source, source_files
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import origin
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.absent import ensure_absent
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.present import ensure_present
from teams import LEAVING, PORTS, TABLE, team

_FRAME = (b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5").ljust(60, b"\0")


class Lab(NamedTuple):
    """What the target made: two interfaces here, their far ends there."""

    pin_root: str
    interfaces: list[str]
    far_namespace: str
    far_ends: list[str]


class Version(NamedTuple):
    """A version of the program: both drop everything, and count it in the same map."""

    text: str
    defines: dict[str, int]
    spec: ObjectSpec
    #: The program's tag, as the kernel gives it.
    tag: str


class World:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.path = os.path.join(lab.pin_root, "edge")
        importlib.import_module("pyroute2")  # once, rather than in every run
        # Programs that nobody else has, so that those which are left in the kernel can only be of this run.
        first = random.SystemRandom().randrange(1 << 31, 1 << 32, 2)
        # What a run of the tests that was killed has left stays in its BPF file system, and has the same names.
        self._earlier = {each["id"] for each in as_json("bpftool", "-j", "prog", "show")}
        self.versions = [self._compile(first), self._compile(first + 1)]
        assert self.versions[0].tag != self.versions[1].tag
        self.teams = [self._with_tag(Version("", {}, team(number), "")) for number in (first, first + 1)]
        # Behind XDP: a packet that arrives here met no program.
        self.behind = [self._packet_socket(interface) for interface in lab.interfaces]
        self.sender = _in_namespace(lab.far_namespace, lambda: [self._packet_socket(end) for end in lab.far_ends])

    @staticmethod
    def _packet_socket(interface: str) -> socket.socket:
        # ETH_P_ALL; also what is bound here alone is seen, because the frames go to everybody.
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        opened.bind((interface, 0x88B5))
        opened.setblocking(False)
        return opened

    def _compile(self, number: int) -> Version:
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "versions.c")
        programs = os.path.join(self._collection(), "plugins/plugin_utils/programs")
        headers = {name: source_files.read(os.path.join(programs, name)) for name in ("xdp_stats.h", "xdp_program.h")}
        flat = source_files.flatten(path, source_files.read(path), source_files.header_finder(headers))
        defines = {"VERSION": number}
        spec = compiler.compile_source(flat, source.define_flags(defines)).object
        return self._with_tag(Version(flat.text, defines, spec, ""))

    def _with_tag(self, version: Version) -> Version:
        outcome = self.present(version, program="dropping", interfaces=[])
        self.absent()
        return version._replace(tag=outcome.programs[0]["tag"])

    @staticmethod
    def _collection() -> str:
        return os.path.dirname(next(iter(plugins.__path__)))

    def request(self, version: Version | None, **options: Any) -> Request:
        if options.get("interfaces") is not None:
            options["interfaces"] = tuple(options["interfaces"])
        request = Request(options.pop("name", "edge"), self.lab.pin_root, options.pop("scope", "all"), **options)
        if version is None:
            return request
        return request._replace(origin=origin.of_spec(version.spec))

    def present(self, version: Version, **options: Any) -> Outcome:
        return ensure_present(self.request(version, **options), check_mode=False)

    def absent(self) -> Outcome:
        return ensure_absent(self.request(None), check_mode=False)

    def absent_by(self, request: Request) -> Outcome:
        return ensure_absent(request, check_mode=False)

    def clear(self) -> None:
        """Back to nothing by force, after something went wrong."""
        for name in self.lab.interfaces:
            for word in ("xdpgeneric", "xdpdrv"):
                subprocess.run(["ip", "link", "set", "dev", name, word, "off"], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.path, ignore_errors=True)
        for _attempt in range(50):  # a link leaves its interface a moment after its last pin
            if self.tags() == [None, None]:
                break
            time.sleep(0.02)

    def _running(self) -> list[dict[str, Any]]:
        """What ``ip`` says of each interface's program: ``mode`` and ``prog``."""
        listed = {each["ifname"]: each for each in as_json("ip", "-d", "-j", "link")}
        return [listed[name].get("xdp", {}) for name in self.lab.interfaces]

    def tags(self) -> list[str | None]:
        """What each interface runs, by ``ip``: the program's tag."""
        return [running.get("prog", {}).get("tag") for running in self._running()]

    def modes(self) -> list[str | None]:
        """In which mode, by ``ip``; the numbers are XDP_ATTACHED_* of include/uapi/linux/if_link.h."""
        return [{1: "native", 2: "generic"}.get(running.get("mode", 0)) for running in self._running()]

    def snapshot(self) -> list[str]:
        """Every name under the pin root with the object behind it, the record, and what interfaces run, in which mode.

        A link is told by what it does and not by its id, as undoing a detachment
        makes another one.
        """
        running = zip(self.lab.interfaces, self._running())
        seen = [f"{name} {each.get('mode')} {each.get('prog', {}).get('id')}" for name, each in running]
        pins = []
        for directory, _directories, names in os.walk(self.lab.pin_root):
            seen.append(directory)
            for name in names:
                path = os.path.join(directory, name)
                if os.path.islink(path):
                    seen.append(f"{path} {os.readlink(path)}")
                else:
                    pins.append(path)
        seen += self._objects(pins)
        return sorted([*seen, *(f"an entry leads to {program_id}" for program_id in self.led_to())])

    def contents(self) -> list[frozenset[tuple[int, int]] | None]:
        """Keys and values of the table that each interface's program uses, by bpftool; ``None`` without a program."""
        programs = [running["prog"]["id"] if running else None for running in self._running()]
        tables = {each: self._table(each) for each in set(programs) if each is not None}
        return [tables.get(each) for each in programs]

    @staticmethod
    def _table(program: int) -> frozenset[tuple[int, int]]:
        used = as_json("bpftool", "-j", "prog", "show", "id", str(program)).get("map_ids", ())
        found = [
            each for each in as_json("bpftool", "-j", "map", "show") if each["id"] in used and each.get("name") == TABLE
        ]
        entries = as_json("bpftool", "-j", "map", "dump", "id", str(found[0]["id"])) if found else []
        return frozenset((_number(each["key"]), _number(each["value"])) for each in entries)

    def let_entry_lead(self) -> None:
        """The first entry of the devmap leads through the helper that is pinned now."""
        map_fd, helper = (
            bpf.obj_get(os.path.join(self.path, *names)) for names in (("maps", PORTS), ("programs", LEAVING))
        )
        try:
            bpf_change.map_update(map_fd, bytes(4), struct.pack("=II", 1, helper))
        finally:
            os.close(map_fd)
            os.close(helper)

    def led_to(self) -> list[int]:
        """The ids of the programs that entries of the devmap lead to; none where there is no such map."""
        path = os.path.join(self.path, "maps", PORTS)
        if not os.path.exists(path):
            return []
        entries = as_json("bpftool", "-j", "map", "dump", "pinned", path)
        values = [bytes(int(byte, 16) for byte in each["value"]) for each in entries if isinstance(each["value"], list)]
        return [int.from_bytes(value[4:], sys.byteorder) for value in values]

    def is_led_right(self) -> bool:
        """Whether entries lead to the helper that is pinned, and to nothing else."""
        path = os.path.join(self.path, "programs", LEAVING)
        return self.led_to() == [as_json("bpftool", "-j", "prog", "show", "pinned", path)["id"]]

    @staticmethod
    def _objects(paths: list[str]) -> list[str]:
        """Each pin with what is behind it. One process for all but links: bpftool 7.5 goes on to nothing after a link."""
        by_kind: dict[str, list[str]] = {"maps": [], "programs": [], "links": []}
        for path in paths:
            by_kind[os.path.basename(os.path.dirname(path))].append(path)
        kinds = [("map", path) for path in by_kind["maps"]] + [("prog", path) for path in by_kind["programs"]]
        asked = "".join(f"{kind} show pinned {path}\n" for kind, path in kinds)
        answers = as_json("bpftool", "-j", "batch", "file", "-", told=asked) if kinds else []
        # Debian's bpftool 7.1.0+6.1.176 closes a descriptor twice, and takes the error of that for one of the batch, when it is done.
        shown = [answer for answer in answers if "command" in answer]
        assert len(shown) == len(kinds), answers
        links = [(path, as_json("bpftool", "-j", "link", "show", "pinned", path)) for path in by_kind["links"]]
        return [
            *(f"{path} {kind} {each['output']['id']}" for (kind, path), each in zip(kinds, shown)),
            *(f"{path} link with program {link['prog_id']}" for path, link in links),
        ]

    def left(self) -> list[str]:
        """What is still there of a set that is gone: names, programs, links."""
        names = os.listdir(self.lab.pin_root) if os.path.isdir(self.lab.pin_root) else []
        tags = {version.tag for version in (*self.versions, *self.teams)}
        # All of the kernel: what other tests load meanwhile may lack a name.
        programs = [
            each
            for each in as_json("bpftool", "-j", "prog", "show")
            if each["id"] not in self._earlier
            and ((each["tag"] in tags and each.get("name") == "dropping") or each.get("name") == LEAVING)
        ]
        return names + [f"program {each['id']}" for each in programs]

    def gone(self) -> list[str]:
        """As ``left``, after the moment that the kernel takes to free what was let go."""
        deadline = time.monotonic() + 10
        while True:
            left = self.left()
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.02)

    def send(self, count: int) -> None:
        """Send packets to each interface."""
        for sender in self.sender:
            for _number in range(count):
                sender.send(_FRAME)

    def passed(self) -> int:
        """How many packets came through behind XDP since this was asked last."""
        count = 0
        for behind in self.behind:
            while True:
                try:
                    behind.recv(64)
                except BlockingIOError:
                    break
                count += 1
        return count


def _in_namespace(name: str, make: Any) -> Any:
    """Call ``make`` in a network namespace; sockets stay in the one they were made in."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if libc.setns(there, 0):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            return make()
        finally:
            if libc.setns(home, 0):
                raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(home)
        os.close(there)


def _number(data: list[str]) -> int:
    return int.from_bytes(bytes(int(each, 16) for each in data), sys.byteorder)


def as_json(*command: str, told: str = "") -> Any:
    # bpftool 7.5 fails after it has shown a pinned link: what counts is what it shows.
    return json.loads(subprocess.run(command, check=False, input=told, stdout=subprocess.PIPE, text=True).stdout)


def lab_from(arguments: list[str]) -> Lab:
    """PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR"""
    return Lab(arguments[0], arguments[1].split(","), arguments[2], arguments[3].split(","))
