# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From the options of a filter to what hosts need of it."""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import options as filter_options
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import shadow
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.constants import constants_of
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.lists import Lists
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.sample import samples_of
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.tables import map_options, tables_of
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.texts import RuleText, text_of

#: Some errors end so already.
_END = ". Nothing was changed"


class Compiled(t.NamedTuple):
    """A filter for ``xdp_filter.c``, without the slots of its counters, which hosts choose."""

    constants: dict[str, t.Any]
    #: ``{max_entries}`` of maps whose size depends on the rules.
    map_options: dict[str, dict[str, int]]
    #: What maps hold, by their names. The others are not used.
    tables: dict[str, Table]
    #: In their order, those that let management in first.
    rules: list[RuleText]
    warnings: list[str]
    #: The option ``tests`` of xdp_pin.
    tests: list[dict[str, t.Any]]
    #: Which tests there are not, and why.
    notes: list[str]


def compile_filter(options: t.Mapping[str, t.Any], read: t.Callable[[str], bytes]) -> Compiled:
    """The compiled form of these options (``options.OPTIONS``).

    ``read`` returns the bytes of a file that rules name. Raises ``XdpError`` for
    whatever is wrong.
    """
    try:
        filter_set, warnings = filter_options.read(options, Lists(read))
    except XdpError as error:
        raise XdpError(str(error).removesuffix(_END) + _END) from error
    tables = tables_of(filter_set.rules)
    samples = samples_of(filter_set)
    return Compiled(
        constants=constants_of(filter_set, tables.keys()),
        map_options=map_options(tables, sum(rule.limit is not None for rule in filter_set.rules)),
        tables=tables,
        rules=[text_of(rule) for rule in filter_set.rules],
        warnings=warnings + shadow.warnings(filter_set),
        tests=samples.tests,
        notes=samples.notes,
    )
