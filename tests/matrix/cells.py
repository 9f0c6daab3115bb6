# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the matrix runs, and where."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import cores

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests"
LOGS = ROOT / ".cache/matrix"

#: Suites of vm.sh, and their headings in the table of kernels.
KERNELS = {
    "bullseye": "5.10, Debian 11",
    "bookworm": "6.1, Debian 12",
    "trixie": "6.12, Debian 13",
    "forky": "7.2, Debian 14 to be",
}
ARM64 = "bookworm-arm64"
HERE = "here"
#: Releases of ansible-core, without that of tests/requirements, on which test.sh runs all targets.
CORES = tuple(core for core in cores.CORES if core.release != "2.19")
#: Other columns, and what the table of everything else calls them.
OTHERS = {
    **{core.release: f"ansible-core {core.release}" for core in CORES},
    ARM64: "6.1, Debian 12, arm64",
    HERE: "the machine itself",
}

#: What exercises Ansible itself: modules, action plugins, roles, playbooks.
CORE_TARGETS = (
    *("role_xdp_host", "role_xdp_program", "xdp_boot", "xdp_map"),
    *("xdp_stats", "xdp_test", "filter", "fleet_report"),
)


class Cell(NamedTuple):
    #: A key of KERNELS or OTHERS.
    column: str
    #: As the table has it.
    row: str
    command: tuple[str, ...]
    #: Names and values.
    environment: tuple[tuple[str, str], ...] = ()
    #: Whether it loads programs into the kernel of this machine, where it would meet others that do.
    loads: bool = False
    #: Whether it runs with --whole alone.
    long: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.column, self.row

    @property
    def name(self) -> str:
        return f"{self.column} {self.row}"

    @property
    def log(self) -> Path:
        return LOGS / (re.sub(r"[^\w.]+", "-", self.name).strip("-") + ".log")

    def cannot(self) -> str | None:
        """Why this machine cannot run it."""
        core = next((core for core in CORES if core.release == self.column), None)
        if core is not None and cores.interpreter(core.pythons) is None:
            return f"no Python {', '.join(core.pythons)} here"
        return None


class Beside(NamedTuple):
    """A script of tests/vm, which runs beside a virtual machine."""

    script: str
    arguments: tuple[str, ...] = ()
    #: See vm.sh.
    threads: str = "multi"
    #: See Cell.
    long: bool = False


#: What depends on the kernel most: what it says of itself, each way to attach, to fill maps, to migrate, to test and to take back.
#: Chains and network namespaces are in reboot.sh.
_PARTS = (
    *("xdp_host_info", "xdp_pinned_info"),
    *("xdp_pin/migrate.yml", "xdp_pin_alone/modes.yml", "xdp_pin_trial/expired.yml"),
    *("xdp_map/kinds.yml", "xdp_map/atomic.yml", "xdp_test/verdicts.yml", "filter/lifecycle.yml"),
)

#: Rows of the table of kernels, the longest first, so that no processor is left without work at the end.
#: Not here: the roles (reboot.sh runs them), xdp_object (objects.sh loads its objects; the rest compares with libbpf and clang of
#: the machine), fleet (other hosts, this kernel).
ROWS = {
    "target `xdp_pin`": Beside("targets", ("xdp_pin",), long=True),
    "target `xdp_pin_alone`": Beside("targets", ("xdp_pin_alone",), long=True),
    "target `xdp_pin_trial`": Beside("targets", ("xdp_pin_trial",), long=True),
    # When both processors are emulated at once, Linux 6.12 dies of patching its own text under this load (int3 in
    # bpf_dispatcher_xdp_func). One after the other, it does not.
    "target `xdp_pin_crash`, fewer rounds": Beside("targets", ("xdp_pin_crash",), threads="single", long=True),
    "target `xdp_pin_errors`": Beside("targets", ("xdp_pin_errors",), long=True),
    "facts, migration, modes, a trial, contents, packet tests, the filter (parts of targets)": Beside(
        "targets", _PARTS
    ),
    "deployed by the role, two reboots, an interface and a bond added later, removed (`reboot.sh`)": Beside("reboot"),
    "rules about VLANs, on a veth, an e1000e and a vmxnet3 (`vlan.sh`)": Beside("vlan"),
    # All packets in one machine. What else is in this target compares with clang and xdp-tools of this one.
    "the filter decides about each packet of its vectors": Beside(
        "targets", ("xdp_filter_program/vectors.yml",), long=True
    ),
    "target `xdp_test`": Beside("targets", ("xdp_test",), long=True),
    "target `xdp_stats`": Beside("targets", ("xdp_stats",), long=True),
    "target `xdp_monitor`": Beside("targets", ("xdp_monitor",), long=True),
    "objects by bcc and clang, maps also as aya declares them, nine kinds of maps (`objects.sh`)": Beside("objects"),
}


@functools.cache
def _said(script: Path, option: str) -> str:
    """What a script of tests/vm wants of its machine, or nothing."""
    if option not in script.read_text(encoding="utf-8"):
        return ""
    return subprocess.run([script, option], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _on_kernel(suite: str, row: str) -> Cell:
    beside = ROWS[row]
    script = TESTS / f"vm/{beside.script}.sh"
    packages = _said(script, "--packages")
    command = (
        str(TESTS / "vm.sh"),
        *(("--packages", packages) if packages else ()),
        suite,
        str(script),
        *beside.arguments,
    )
    environment = (("VM_THREADS", beside.threads), ("VM_DEVICES", _said(script, "--devices")))
    return Cell(suite, row, command, environment, long=beside.long)


def cells(whole: bool = True) -> list[Cell]:
    """Those of the matrix, with what takes long or without, in the order in which they start."""
    test = str(ROOT / "test.sh")
    every = [
        *(_on_kernel(suite, row) for row in ROWS for suite in KERNELS),
        *(
            Cell(
                core.release,
                "targets that exercise Ansible itself",
                (test, "integration", *CORE_TARGETS),
                (("CORE", core.release),),
                loads=True,
            )
            for core in CORES
        ),
        Cell(ARM64, "objects (`objects.sh`)", (str(TESTS / "vm.sh"), ARM64, str(TESTS / "vm/objects.sh"))),
        Cell(
            HERE,
            "what `test.sh` leaves out or repeats less often (`thorough.sh`)",
            (str(TESTS / "thorough.sh"),),
            loads=True,
            long=True,
        ),
        *(
            Cell(
                HERE,
                f"`demo.sh` and `test.sh` in a fresh root of {suite}",
                (str(TESTS / "fresh-debian.sh"), suite, "sh", "-c", "./demo.sh && ./test.sh"),
                loads=True,
                long=True,
            )
            for suite in ("bookworm", "trixie")
        ),
        Cell(HERE, "unit tests by a Python of arm64 (`arm64.sh`)", (str(TESTS / "arm64.sh"),)),
        Cell(HERE, "`ansible-test sanity` on each ansible-core", (test, "sanity")),
        Cell(HERE, "galaxy's importer, execution environments (`galaxy.sh`)", (str(TESTS / "galaxy.sh"),)),
        Cell(HERE, "the docsite", (test, "docsite")),
    ]
    return [cell for cell in every if whole or not cell.long]
