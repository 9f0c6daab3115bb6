# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follow docs/filter.md on the hosts of a fleet, and look from outside what they do: filter_guide.py DOCUMENT WORK

The filter is on the interface by which the controller reaches the hosts. Files, commands and rules are those of the document, which is read
each time.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

sys.path.append(str(Path(__file__).parents[1] / "integration/targets/documented/files"))
import blocks

_COUNT = 50
_RULES = ["management", "blocklist", "amplifiers", "services", "scraps", "floods"]
# Of the kinds of filter_packets.py: which rule counts it, and whether it passes.
_EXPECTED = {
    "listed network": ("blocklist", False),
    "listed address": ("blocklist", False),
    "listed over IPv6": ("blocklist", False),
    "listed later": ("services", True),
    "amplifier": ("amplifiers", False),
    "amplifier of a range": ("amplifiers", False),
    "service": ("services", True),
    "scrap": ("scraps", False),
    "below the limit": (None, True),
    "anything else": (None, True),
    "management": ("management", True),
}
# The connections of the tests themselves are counted there, too.
_SHARED = ("management", "services")

# What a host may not have, in the words of its shell. Debian's ip needs libbpf itself, since bookworm: nothing else may.
_BARE = r"""
set -eu
for command in clang gcc cc ld bpftool bpftrace make; do
    ! command -v $command || exit 1
done
python3 -c '
import importlib.util, sys
sys.exit(any(importlib.util.find_spec(each) for each in ("bcc", "pyroute2", "ansible")))'
! dpkg-query --show --showformat '${Package} ${Depends}\n' | grep -vE '^(iproute2|libbpf1) ' | grep -E 'libbpf|libbcc|bpfcc'
"""

# Services with mount namespaces of their own hold the file system, so that it would outlive being unmounted.
_AS_AFTER_A_BOOT = "rm -r /sys/fs/bpf/ansible\n"


def say(text: str) -> None:
    """As tests/environment.sh does."""
    print(f"\n== {text}", flush=True)


def _json(*command: str) -> Any:
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _found(inside: Any, name: str) -> Any:
    """The member of this name, wherever it is."""
    if isinstance(inside, dict) and name in inside:
        return inside[name]
    values = inside.values() if isinstance(inside, dict) else inside if isinstance(inside, list) else ()
    return next((found for found in (_found(value, name) for value in values) if found is not None), None)


class Host:
    """A host as it is seen from the machine that it is on."""

    def __init__(self, name: str, namespace: str) -> None:
        self.name = name
        self.namespace = namespace

    def link(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = _json("ip", "-n", self.namespace, "-d", "-j", "link", "show", "dev", "eth0")
        return found[0]

    def program(self) -> dict[str, Any] | None:
        """The program that eth0 runs, as bpftool says."""
        link = self.link()
        if "xdp" not in link:
            return None
        number = str(link["xdp"]["prog"]["id"])
        found: dict[str, Any] = _json("bpftool", "-j", "prog", "show", "id", number)
        return found

    def map(self, name: str) -> list[dict[str, Any]]:
        """What is in the map that this program uses by this name."""
        program = self.program()
        assert program is not None
        for number in map(str, program["map_ids"]):
            if _json("bpftool", "-j", "map", "show", "id", number).get("name") == name:
                found: list[dict[str, Any]] = _json("bpftool", "-j", "map", "dump", "id", number)
                return [entry["formatted"] for entry in found]
        raise AssertionError(f"{self.name}: no map {name}")

    def rules(self) -> dict[str, int]:
        """Packets that each rule has decided about."""
        names = [entry["value"]["name"] for entry in self.map("rules")]
        slots = _found(self.map("xdp_filt.rodata"), "slots")
        counted = [sum(each["value"]["packets"] for each in row["values"]) for row in self.map("counters")]
        return {name: counted[slot] for name, slot in zip(names, slots) if name}

    def packets(self, *how: str) -> list[str]:
        """The command that sends packets to this host by the bridge's port."""
        script = str(Path(__file__).with_name("filter_packets.py"))
        controller = self.namespace[: -len(self.name)] + "controller"
        inside = ["nsenter", f"--net=/run/netns/{self.namespace}"]
        return [*inside, sys.executable, script, "eth0", controller, self.name, *how]


class Reader:
    """Somebody who follows the document, in a directory of their own."""

    def __init__(self, document: str, work: str) -> None:
        self.blocks = blocks.of(Path(document).read_text(encoding="utf-8"))
        self.work = Path(work)
        self.directory = self.work / "user"
        self.directory.mkdir()
        fleet = os.environ["FLEET_INVENTORY"]
        groups = self.work / "groups.ini"
        groups.write_text("[edge_routers:children]\nbookworm\ntrixie\n", encoding="utf-8")
        os.environ["ANSIBLE_INVENTORY"] = f"{fleet},{groups}"
        known = _json("ansible-inventory", "--list")["_meta"]["hostvars"]
        self.hosts = [Host(name, variables["fleet_namespace"]) for name, variables in known.items()]

    def block(self, language: str, part: str, number: int = 0) -> blocks.Block:
        """The block of this language that has ``part`` in it, or in the name of its file."""
        found = [
            each for each in self.blocks if each.language == language and part in each.text + each.marks.get("file", "")
        ]
        assert len(found) > number, f"the document has no block of {language} any more with {part!r}"
        return found[number]

    def write(self, block: blocks.Block) -> Path:
        path = self.directory / block.marks["file"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return path

    def run(self, command: str) -> str:
        """Run it as a reader does; what it says, when it succeeds."""
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.directory,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if result.returncode:
            raise AssertionError(f"{command}\n{result.stdout}")
        return result.stdout

    def play(self, command: str, changed: bool) -> str:
        """Run a playbook; it has to succeed on all hosts, and to change all of them or none."""
        said = self.run(command)
        recap = re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=0", said, re.MULTILINE)
        assert len(recap) == len(self.hosts), said
        assert all((int(count) > 0) is changed for _name, count in recap), said
        return said

    def everywhere(self, script: str) -> str:
        """Run a script on all hosts."""
        path = self.work / "script.sh"
        path.write_text(script, encoding="utf-8")
        return self.run(f"ansible edge_routers -m ansible.builtin.script -a {path}")

    def check_packets(self, listed_later: bool = False) -> None:
        """Send each kind to each host: what passes and what the rules count is what was sent."""
        expected = dict(_EXPECTED)
        if listed_later:
            expected["listed later"] = "blocklist", False
        for host in self.hosts:
            before = host.rules()
            passed = _json(*host.packets(str(_COUNT)))
            after = host.rules()
            assert passed == {kind: _COUNT * passes for kind, (_rule, passes) in expected.items()}, (host.name, passed)
            for rule in _RULES:
                sent = _COUNT * sum(by == rule for by, _passes in expected.values())
                counted = after[rule] - before[rule]
                assert counted == sent or (rule in _SHARED and counted > sent), (host.name, rule, counted, sent)

    @contextmanager
    def traffic(self) -> Iterator[None]:
        """Packets all the time, of which a rule drops each second one: none of those passes, and all of the others do."""
        sending = self.work / "sending"
        sending.touch()
        senders = [
            subprocess.Popen(host.packets("while", str(sending)), stdout=subprocess.PIPE, text=True)
            for host in self.hosts
        ]
        time.sleep(1)
        try:
            yield
        finally:
            sending.unlink()
            found = [json.loads(sender.communicate()[0]) for sender in senders]
        for host, each in zip(self.hosts, found):
            print(f"   {host.name}: {each}")
            assert each["sent"] > 0 and each["listed network"] == 0 and each["service"] == each["sent"], (
                host.name,
                each,
            )


def deploy(reader: Reader) -> None:
    """The first part: from nothing to a filter."""
    reader.write(reader.block("text", "blocked.txt"))
    reader.write(reader.block("yaml", "filter.yml"))
    run = reader.block("shell", "ansible-playbook filter.yml").text.strip()
    assert run == "ansible-playbook filter.yml", run

    say("Predict")
    reader.play(f"{run} --check", changed=True)
    assert [host.name for host in reader.hosts if host.program() is not None] == []

    say("Filter")
    reader.play(run, changed=True)
    for host in reader.hosts:
        link, program = host.link(), host.program()
        assert program is not None and program["name"].startswith("xdp_filter"), (host.name, program)
        assert link["xdp"]["mode"] == 1, (host.name, link["xdp"])  # native
        assert [name for name in host.rules() if name in _RULES] == _RULES, (host.name, host.rules())

    say("Filter, again")
    reader.play(run, changed=False)

    say("Send packets")
    reader.check_packets()
    table = reader.run(reader.block("shell", "output=table").text)
    assert table.count("blocklist") >= len(reader.hosts), table


def change(reader: Reader) -> None:
    """Lists in place, and anything else by a switch, under traffic."""
    before = {host.name: (host.program() or {})["id"] for host in reader.hosts}

    say("Change a list in place, under traffic")
    reader.write(reader.block("text", "blocked.txt", 1))
    with reader.traffic():
        said = reader.play(reader.block("shell", "--diff").text, changed=True)
    assert "198.51.100.0/24" in said or re.search(r"added\D+1\b", said), said
    assert {host.name: (host.program() or {})["id"] for host in reader.hosts} == before
    reader.check_packets(listed_later=True)

    say("Change a rule, under traffic")
    playbook = reader.directory / "filter.yml"
    plays = yaml.safe_load(playbook.read_text(encoding="utf-8"))
    rules = plays[0]["roles"][0]["xdp_filter_rules"]
    # In front of all others, so that each table means something else.
    rules.insert(0, {"name": "pings", "action": "drop", "protocol": "icmp"})
    playbook.write_text(yaml.safe_dump(plays), encoding="utf-8")
    counted = {host.name: host.rules() for host in reader.hosts}
    with reader.traffic():
        reader.play("ansible-playbook filter.yml", changed=True)
    for host in reader.hosts:
        assert (host.program() or {})["id"] != before[host.name], host.name
        now = host.rules()
        assert "pings" in now and all(now[rule] >= counted[host.name][rule] for rule in _RULES), (host.name, now)
    reader.check_packets(listed_later=True)


def boot(reader: Reader) -> None:
    """What a boot takes away, the host's own service brings back."""
    say("As after a boot")
    numbers = {host.name: (host.program() or {})["id"] for host in reader.hosts}
    reader.everywhere("set -eu\nsystemctl is-enabled ebpf-xdp.service\n" + _AS_AFTER_A_BOOT)
    # The kernel lets go of programs in its own time.
    deadline = time.monotonic() + 10
    while any(host.program() is not None for host in reader.hosts) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [host.name for host in reader.hosts if host.program() is not None] == []
    reader.everywhere("systemctl restart ebpf-xdp.service")
    for host in reader.hosts:
        program = host.program()
        assert program is not None and program["id"] != numbers[host.name], host.name
    reader.check_packets(listed_later=True)
    reader.play("ansible-playbook filter.yml", changed=False)


def main() -> None:
    reader = Reader(*sys.argv[1:])
    say("The hosts have Python and nothing else")
    reader.everywhere(_BARE)
    for host in reader.hosts:
        subprocess.run(
            ["ip", "-n", host.namespace, "-batch", "-"],
            input="link set lan0 down\nlink set lan0 name eth0\nlink set eth0 up\n",
            text=True,
            check=True,
        )
    deploy(reader)
    change(reader)
    boot(reader)

    say("Take it away")
    reader.play(reader.block("shell", "state=absent").text, changed=True)
    assert [host.name for host in reader.hosts if host.program() is not None] == []


if __name__ == "__main__":
    main()
