# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Tests run on private copies, and how their results read."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Callable, NamedTuple, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import test_run
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.options import PacketTest
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.private_copy import Copier, Copy
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS

#: Verdicts with which a packet comes out of the program.
_COMING_OUT = ("pass", "tx", "redirect")

#: Failed tests that the error names; the results have all of them.
_MOST_NAMED = 5


class Result(NamedTuple):
    """What became of one test."""

    test: PacketTest
    passed: bool
    #: Why it was not run; ``None`` when it was.
    skipped: str | None = None
    #: What the program returned for the last packet; ``None`` when it was not run.
    verdict: str | None = None
    #: How many packets got which verdict.
    verdicts: dict[str, int] = {}  # noqa: RUF012  # never changed in place
    #: The last packet as it came out; ``None`` when none did.
    out: bytes | None = None
    #: How it differs from the expected one, or from the packet that came in where none is expected; empty for not at all.
    diff: str = ""
    nanoseconds: int | None = None

    def shown(self) -> dict[str, Any]:
        """As modules return it."""
        return {
            "name": self.test.name,
            "passed": self.passed,
            "skipped": self.skipped,
            "expected": self.test.verdict,
            "verdict": self.verdict,
            "verdicts": self.verdicts,
            "out": None if self.out is None else self.out.hex(),
            "diff": self.diff,
            "ns": self.nanoseconds,
        }

    def failure(self) -> str:
        """What is wrong, as the end of a sentence that begins with the test's name."""
        if self.skipped is not None:
            return self.skipped
        if self.verdict != self.test.verdict:
            last = f" for packet {self.test.count}" if self.test.count > 1 else ""
            return f"expected {self.test.verdict}, got {self.verdict}{last}"
        return f"{self.verdict} as expected, but the packet that comes out is not the expected one:\n{self.diff}"


#: Says how two packets differ, which have these names; empty where they are equal.
Differ = Callable[[bytes, bytes, Tuple[str, str]], str]


def in_digits(before: bytes, after: bytes, names: tuple[str, str]) -> str:
    """A ``Differ`` that costs no import."""
    return "" if before == after else f"{names[0]} {before.hex()}\n{names[1]} {after.hex()}"


def run(
    copier: Copier,
    tests: Sequence[PacketTest],
    interfaces: Sequence[netlink.Interface],
    benchmark_runs: int = 0,
    differ: Differ = in_digits,
    together: bool = False,
) -> list[Result]:
    """Run each test on a copy of its own, so that none depends on another.

    ``together`` runs all on one copy, for programs whose verdicts depend on no packet before and whose maps take long to fill.
    """
    results = []
    with ExitStack() as all_held:
        shared = copier.make(all_held) if together and tests else None
        for test in tests:
            require_possible(test, copier.has_fragments)
            ifindex = _ifindex(test, interfaces)
            with ExitStack() as held:
                copy = shared or copier.make(held)
                results.append(run_one(copier, copy, test, ifindex, benchmark_runs, differ))
    return results


def require_possible(test: PacketTest, fragments: bool) -> None:
    """Refuse a packet that no interface could hand to the program, although the kernel would run it."""
    size, most = len(test.metadata) + len(test.data), test_run.largest(fragments)
    if size > most:
        raise XdpError(
            f"The packet test {test.name}: no packet of {size} bytes comes to this program, {most} are the most"
            + ("" if fragments else ' (a program for longer ones is in section "xdp.frags")')
            + ". Nothing was changed"
        )


def _ifindex(test: PacketTest, interfaces: Sequence[netlink.Interface]) -> int:
    if test.interface is None:
        return 0
    found = netlink.find(test.interface, interfaces)
    if found is None:
        from ansible_collections.ebpf.xdp.plugins.module_utils._network import interface_names

        raise XdpError(
            f"The packet test {test.name}: {interface_names.unknown(test.interface, [each.name for each in interfaces])}"
        )
    return found.ifindex


def run_one(
    copier: Copier,
    copy: Copy,
    test: PacketTest,
    ifindex: int,
    benchmark_runs: int = 0,
    differ: Differ = in_digits,
) -> Result:
    """Run one test on this copy. What this kernel cannot run is skipped."""
    verdicts: dict[str, int] = {}
    try:
        for _each in range(test.count):
            ran = _ran(copier.name, copy, test, ifindex)
            verdict = name_of(ran.verdict)
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
        spent = None
        if benchmark_runs:
            spent = _ran(copier.name, copy, test, ifindex, benchmark_runs).nanoseconds
    except test_run.WithoutContext:
        return Result(
            test,
            False,
            f"Linux {os.uname().release} runs tests on no interface of choice and without metadata (5.15 and later do)",
        )
    out = ran.data if verdict in _COMING_OUT else None
    differing = ""
    if out is not None and test.out is not None:
        differing = differ(test.out, out, ("expected", "got"))
    elif out is not None:
        differing = differ(test.data, out, ("in", "out"))
    passed = verdict == test.verdict and (test.out is None or not differing)
    return Result(test, passed, None, verdict, verdicts, out, differing, spent)


def _ran(program: str, copy: Copy, test: PacketTest, ifindex: int, repeat: int = 1) -> test_run.Ran:
    try:
        return test_run.run(copy.program, test.data, test.metadata, ifindex, test.queue, repeat)
    except OSError as error:
        code = error.errno or 0
    where = f" on {test.interface}" if test.interface else ""
    if code == errno.EINVAL and test.queue:
        advice = f"Has {test.interface} a queue {test.queue}? The first one is 0"
    elif code == errno.EINVAL and len(test.metadata) > 32:
        advice = "Before Linux 6.7, metadata has 32 bytes at most"
    elif code == errno.EINVAL:
        advice = "Programs for a devmap or cpumap, or bound to an interface, cannot be run on test packets"
    else:
        advice = ""
    raise KernelError(f"Cannot run the program {program} on the packet test {test.name}{where}", code, advice)


def name_of(verdict: int) -> str:
    """A verdict's name, or its number: the kernel takes that for aborted."""
    return VERDICTS[verdict] if verdict < len(VERDICTS) else str(verdict)


class TestsFailed(XdpError):
    """Some tests failed; a module answers with the results of all."""

    def __init__(self, results: Sequence[Result], end: str) -> None:
        """``end`` says what that means for the host, as whole sentences."""
        failed = [each for each in results if not each.passed]
        said = "; ".join(f"{each.test.name}: {each.failure()}" for each in failed[:_MOST_NAMED])
        more = f"; and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
        super().__init__(f"{len(failed)} of {len(results)} packet tests failed. {said}{more}{end}")
        self.answer = {"tests": [each.shown() for each in results]}
