# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Reading maps of others whose BTF has names for their counters."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host, info
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import fields, verdicts


def of_map(path: str, map_info: info.MapInfo) -> fields.Fields | None:
    """Where the counters are; ``None`` where names do not say it, so that the map's shape decides."""
    types = (map_info.btf_key_type_id, map_info.btf_value_type_id)
    shape = fields.MapShape(map_info.type, map_info.key_size, map_info.value_size, map_info.max_entries, *types)
    try:
        return fields.find(Btf(info.btf_blob(map_info.btf_id)), shape)
    except Malformed:
        return None  # a later kernel has kinds of types that are not known here
    except XdpError as error:
        raise XdpError(f"{path} {error}") from error
    except OSError as error:
        raise KernelError(f"Cannot read the BTF of the map {path}", error.errno or 0) from error


def by_verdict(
    path: str, map_info: info.MapInfo, where: fields.Fields, entries: Iterable[tuple[bytes, bytes]]
) -> list[list[verdicts.Counter]]:
    """By verdict and CPU."""
    try:
        return fields.by_verdict(where, entries, len(host.possible_cpus()) if "percpu" in map_info.type else 1)
    except XdpError as error:
        raise XdpError(f"{path} {error}") from error
