# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What was asked of a pin set, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import NOTHING, Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.bpffs import Patience
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
    from ansible_collections.ebpf.xdp.plugins.module_utils._record.in_force import InForce
    from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer


class Tested(NamedTuple):
    """What became of packet tests."""

    #: As modules return them.
    results: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()


class Request(NamedTuple):
    """What a task asks of a pin set. The fields have the names of the options of xdp_pin and mean the same."""

    name: str
    pin_root: str
    #: ``all``, ``maps`` or ``programs``.
    scope: str
    #: The object; made only when the kernel does not have it.
    origin: Origin = NOTHING
    program: str | None = None
    #: Where it must be attached, exactly; ``None`` leaves attachments where they are.
    interfaces: tuple[str, ...] | None = None
    mode: str = "auto"
    attach: str = "auto"
    replace_foreign: bool = False
    #: Other pin sets whose interfaces this one may take over.
    replace_sets: tuple[str, ...] = ()
    on_map_change: str = "fail"
    #: Maps of the object that are not made, because others have pinned them: the name, and ``SET/MAP`` or a path.
    reuse_maps: tuple[tuple[str, str], ...] = ()
    #: Whether ``pin_root`` is in no BPF file system yet and check mode takes it to be in an empty one.
    assumed_bpffs: bool = False
    #: Attach what the set runs to this interface too, and change nothing else. The other fields count only where it
    #: runs nothing.
    add: str | None = None
    #: The file of the network namespace that was named, where there is none: only what a namespace that is gone has left
    #: may be taken away.
    missing_netns: str | None = None
    #: How long to wait for other runs; ``None`` for as long as usual.
    patience: Patience | None = None
    #: Names of programs of the object to pin next to the one that is attached, sorted.
    helpers: tuple[str, ...] = ()
    #: Who signed the object or the source.
    signer: Signer | None = None
    #: What maps of the object are to hold before anything is attached.
    contents: tuple[Wanted, ...] = ()
    #: What makes of a plan one that takes itself back (_trial); ``None`` for a change that stays.
    on_trial: Any = None
    #: With ``add``, the entries that wait for this interface. Those of the kept set, which may not be what is in force.
    add_contents: tuple[Wanted, ...] = ()
    #: With ``add``, whether there was something of the set when this was asked for. If that is gone by then, it is not put back.
    was_there: bool = False
    #: Tests a program that was loaded, before it is pinned; raises ``XdpError`` for one that fails. Called with the
    #: request, what was observed, the target, its declared contents, and what closes descriptors.
    packet_tests: Callable[..., Tested] | None = None


class Outcome(NamedTuple):
    """What a run has done, or in check mode would do. Dictionaries are as modules return them."""

    changed: bool
    before: dict[str, Any]
    after: dict[str, Any]
    programs: list[dict[str, Any]]
    maps: list[dict[str, Any]]
    links: list[dict[str, Any]]
    #: Paths in the set's directory that somebody else put there.
    foreign_pins: list[str]
    #: What the user should know although nothing failed: guesses, fallbacks, things left as they are.
    warnings: tuple[str, ...] = ()
    #: What the run leaves in force, or would leave; ``None`` for no program.
    in_force: InForce | None = None
    #: What became of the declared contents of each map, as modules return it.
    contents: tuple[dict[str, Any], ...] = ()
    #: The types of these maps, by name.
    types: Mapping[str, MapTypes] = {}
    #: What became of the packet tests, as modules return it.
    tests: tuple[dict[str, Any], ...] = ()
    #: The interfaces that other sets lose, by the set's name.
    taken: Mapping[str, list[str]] = {}
    #: Whether the run has loaded a program, or would.
    loaded: bool = False

    def told(self, name: str) -> list[str]:
        """All that the user should know; ``name`` is the set's."""
        foreign = [f"{path} is not of the pin set {name} and was left alone" for path in self.foreign_pins]
        return [*foreign, *self.warnings]
