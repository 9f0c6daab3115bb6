# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The option ``filter``: rules become the collection's own program with its constants, and declared contents of its maps."""

from __future__ import annotations

import os
import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Column, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import NamedCounters, ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.rules import COUNTERS, FIXED, RULES
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import lists
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.compile import Compiled, compile_filter
from ansible_collections.ebpf.xdp.plugins.plugin_utils._located import located
from ansible_collections.ebpf.xdp.plugins.plugin_utils._ssh_port import ssh_port
from ansible_collections.ebpf.xdp.plugins.plugin_utils._values import with_values

#: The shipped object (bpf/build.sh), with the same program twice.
_OBJECT = os.path.join(os.path.dirname(__file__), "programs", "xdp_filter.json")
PROGRAM = "xdp_filter"
#: For packets in several buffers, which Linux can hand to a program since 5.18.
PROGRAM_WITH_FRAGS = "xdp_filter_frags"

#: Maps that are not declared: what the program writes into, and variables.
_ITS_OWN = (COUNTERS, "buckets", "xdp_counters")


class Filter(t.NamedTuple):
    """A filter as an object, and what goes with it."""

    compiled: Compiled
    spec: ObjectSpec
    #: Of a member of a chain, whether what it drops is dropped: it is the first one, and no other gets that. ``None`` for one that is
    #: alone, which decides about all packets.
    drops_first: bool | None = None

    @property
    def tables(self) -> list[str]:
        """The maps that rules are in."""
        return [
            map_spec.name for map_spec in self.spec.maps if map_spec.variables is None and map_spec.name not in _ITS_OWN
        ]

    @property
    def tests(self) -> list[dict[str, t.Any]]:
        """Tests made of the rules. In a chain, only what its first member drops is known: others do as they like with the rest."""
        if self.drops_first is None:
            return self.compiled.tests
        return [each for each in self.compiled.tests if self.drops_first and each["verdict"] == "drop"]

    def untested(self, member: str | None) -> list[str]:
        """Which tests there are not, and why."""
        left_out = len(self.compiled.tests) - len(self.tests)
        of_chain = (
            f"{left_out} packet tests of what passes {member} were left out, as the members after it decide about that"
            if self.drops_first
            else f"{left_out} packet tests of {member} were left out, as other members decide about the same packets"
        )
        return [*self.compiled.notes, *([of_chain] if left_out else [])]

    @property
    def vlan_rules(self) -> list[str]:
        """The rules that look at VLAN tags."""
        others = self.compiled.constants["any_vlan"]
        return [rule.name for place, rule in enumerate(self.compiled.rules) if not others >> place & 1]


def read(action: ActionBase, options: t.Mapping[str, t.Any], drops_first: bool | None = None) -> Filter:
    """Raises ``XdpError``. Files with addresses are found on the controller as ``copy`` finds its ``src``.

    ``drops_first`` is that of ``Filter``. Without ``ssh_port``, it is the port that the task's own connection goes to.
    """

    def bytes_of(name: str) -> bytes:
        try:
            path = located(action, "", name)
        except XdpError as error:
            raise XdpError(str(error).removeprefix(": ")) from None  # whoever names the file says in which option
        real = action._loader.get_real_file(path)
        try:
            return lists.content(real, path)
        finally:
            action._loader.cleanup_tmp_file(real)

    doubt = None
    # Only where it matters, as it may take a process.
    if options.get("ssh_port") is None and (
        options.get("management_sources") or options.get("default_action") == "drop"
    ):
        port, doubt = ssh_port(action)
        options = {**options, "ssh_port": port}
    compiled = compile_filter(options, bytes_of)
    if doubt:
        compiled.warnings.append(doubt)
    with open(_OBJECT, "rb") as file:
        base = spec_text.from_text(_OBJECT, file.read())
    spec = with_values(base, compiled.constants, compiled.map_options)
    # No instruction uses that map, and it is to live as long as the program.
    programs = tuple(each._replace(bound_maps=(*each.bound_maps, RULES)) for each in spec.programs)
    return Filter(compiled, spec._replace(programs=programs, counters=(_counters(base, compiled),)), drops_first)


def _counters(spec: ObjectSpec, compiled: Compiled) -> NamedCounters:
    """A row for each rule by its name."""
    rows = next(map_spec.max_entries for map_spec in spec.maps if map_spec.name == COUNTERS)
    slots = next(variable for variable in spec.variables if variable.name == "slots")
    names = tuple(rule.name for rule in compiled.rules)
    return NamedCounters(COUNTERS, names, slots.map, slots.offset, len(FIXED), rows)


def contents(found: Filter, member: str | None) -> t.Iterator[tuple[dict[str, t.Any], bytes]]:
    """Elements of the option ``contents``, with the packed table of each; ``member`` is the filter's name in a chain."""
    compiled = found.compiled
    for name in found.tables:
        # What is not used is empty: what earlier rules have left there is not to come back at the next boot.
        table = _rules(compiled) if name == RULES else compiled.tables.get(name, Table())
        element = {
            "map": f"{member}:{name}" if member else name,
            "exclusive": True,
            "allow_empty": True,
            "_renewed": True,
        }
        yield element, pack.pack(table)


def _rules(compiled: Compiled) -> Table:
    """What the map ``rules`` says, by the places that rules have."""
    rules = compiled.rules
    if not rules:
        return Table()
    columns = (
        Column(("key",), "u8", bytes(range(len(rules)))),
        Column(("value", "action"), "text", [rule.action for rule in rules]),
        Column(("value", "name"), "text", [rule.name for rule in rules]),
        Column(("value", "text"), "text", [rule.text for rule in rules]),
    )
    return Table((Block(len(rules), columns),))
