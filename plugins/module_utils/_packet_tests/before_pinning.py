# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Packet tests before a loaded program is pinned and attached: those of the task, and the one about SSH.

Imported only when a program was loaded.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import session
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request, Tested
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Target

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents
    from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.options import PacketTest
    from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.private_copy import Copier, Sources
    from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.run import Result


def test(
    tests: tuple[PacketTest, ...],
    ssh_test: bool,
    together: bool,
    request: Request,
    observed: Observed,
    target: Target,
    contents: Contents | None,
    held: ExitStack,
) -> Tested:
    """Run the tests of a request on copies of its program; raises ``XdpError`` when one fails."""
    attached = _attached(request, observed) if ssh_test else set()
    # Without an SSH connection above, what runs tests is not even imported.
    about_ssh = bool(attached) and session.find() is not None
    if target.program is None or not (tests or about_ssh):
        return Tested()
    from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import run, ssh
    from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.private_copy import Copier

    spec, name, sources = request.origin.make(), target.program.name, _sources(observed, target)
    made: list[Copier] = []

    def copier(packets: int) -> Copier:
        made.append(Copier(spec, name, request.helpers, sources, contents, packets))
        return made[-1]

    results: list[Result] = []
    warnings: list[str] = []
    if tests:
        packets = max(each.count for each in tests)
        results = run.run(copier(packets), tests, observed.interfaces, together=together)
    failed = [each for each in results if not each.passed]
    if about_ssh:
        tested = ssh.test(attached, copier)
        results += tested.results
        warnings += tested.warnings
        cut_off = [each for each in tested.results if not each.passed and each.skipped is None]
        if cut_off and not failed:
            # The verdict may come from what the copy lacks.
            lacking = "".join(f". {text}" for each in made for text in each.warnings)
            raise run.TestsFailed(
                results,
                f"{lacking}. The program would cut off new SSH connections like the one that this task uses. Nothing was "
                f"changed. Let these packets pass, or set ssh_test: false if this is intended",
            )
    if failed:
        raise run.TestsFailed(results, ". Nothing was changed")
    lost = [text for each in made for text in each.warnings] if tests else []
    return Tested(tuple(each.shown() for each in results), tuple(dict.fromkeys([*warnings, *lost])))


def _attached(request: Request, observed: Observed) -> set[int]:
    """The indexes of the interfaces that will run the program."""
    if request.interfaces is None:
        return {each.ifindex for each in observed.own_attachments()}
    found = (observed.interface(name) for name in request.interfaces)
    return {each.ifindex for each in found if each is not None}


def _sources(observed: Observed, target: Target) -> Sources:
    """The maps that the program would run over, or those whose entries they would get, and the programs of the set."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.private_copy import Sources

    maps = {name: target_map.fd for name, target_map in target.maps.items() if target_map.reused}
    maps.update(
        {
            name: target_map.migration.old_fd
            for name, target_map in target.maps.items()
            if target_map.migration is not None
        }
    )
    programs = {pin.info.id: name for name, pin in observed.programs.items()}
    recorded = observed.record.program if observed.record else None
    if recorded is not None:
        programs.update({program_id: name for name, program_id in recorded.helpers.items()})
        programs[recorded.id] = recorded.name
    programs.update({each.info.id: each.name for each in target.programs})
    return Sources(maps, programs)
