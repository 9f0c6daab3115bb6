# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""An object with the values that a task gives for its constants and maps."""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import with_constants, with_map_options
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_options import set_map_options
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec


def with_values(spec: ObjectSpec, constants: dict[str, t.Any], map_options: dict[str, t.Any]) -> ObjectSpec:
    """The object with these; it is another program then: a host that runs it with others has not what is asked for."""
    changed = set_map_options(set_constants(spec, constants), map_options)
    return changed._replace(source=with_map_options(with_constants(spec.source, constants), map_options))
