# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From map specs to descriptors of maps with their contents, except for programs."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack
from functools import partial
from typing import Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change, host
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import MAP_TYPES, type_number
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import nested
from ansible_collections.ebpf.xdp.plugins.module_utils._load.map_names import kernel_name
from ansible_collections.ebpf.xdp.plugins.module_utils._load.messages import OFFLOADING, Warn
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import OF_MAPS, MapSpec, ProgramSpec


def actual_entries(map_spec: MapSpec) -> int:
    """``max_entries`` on this host, as libbpf has it.

    A perf event array without a size has one entry for each CPU. A ring buffer
    is rounded up to what the kernel takes: a power of two of this host's pages.
    """
    if map_spec.type == "perf_event_array" and map_spec.max_entries == 0:
        return len(host.possible_cpus())
    if map_spec.type in ("ringbuf", "user_ringbuf") and map_spec.max_entries:
        return _ring_size(map_spec.max_entries, os.sysconf("SC_PAGE_SIZE"))
    return map_spec.max_entries


def _ring_size(wanted: int, page: int) -> int:
    """Bytes of a ring buffer (adjust_ringbuf_sz in libbpf.c); one that cannot be rounded stays as it is."""
    pages = -(-wanted // page)
    size = page << (pages - 1).bit_length()
    return size if size < 1 << 32 else wanted


class Maps(NamedTuple):
    """Makes maps; ``program`` gives its name to those of its variables."""

    btf_fd: int
    ifindex: int
    program: ProgramSpec | None
    warn: Warn
    #: Gets the values of maps that nobody may change any more, by name.
    constants: dict[str, bytes]

    def make(self, map_spec: MapSpec, made: dict[str, int], held: ExitStack) -> int:
        """A map with its contents, except for programs; ``made`` are descriptors of existing maps."""
        fd = nested.create(map_spec, self._create) if map_spec.type in OF_MAPS else self._create(map_spec)
        held.callback(os.close, fd)
        if map_spec.type in OF_MAPS:
            nested.fill(map_spec, fd, made)
        if map_spec.variables is not None:
            values = _set_variables(map_spec, fd)
            if map_spec.is_constant:
                self.constants[map_spec.name] = values
        return fd

    def _create(self, map_spec: MapSpec, inner_map_fd: int = 0) -> int:
        try:
            number = type_number(MAP_TYPES, map_spec.type)
        except ValueError as error:
            raise XdpError(f"The map {map_spec.name} is of a type that is not known: {short(map_spec.type)}") from error
        create = partial(
            bpf_change.map_create,
            kernel_name(map_spec, self.program),
            number,
            map_spec.key_size,
            map_spec.value_size,
            actual_entries(map_spec),
            map_spec.flags,
            ifindex=self.ifindex,
            numa_node=map_spec.numa_node,
            extra=map_spec.extra,
            inner_map_fd=inner_map_fd,
        )
        types = {"btf_key_type_id": map_spec.btf_key_type_id, "btf_value_type_id": map_spec.btf_value_type_id}
        refused_types: str | None = None
        # Maps on a network card have none either (bpf_map_offload_ops in kernel/bpf/offload.c).
        if self.btf_fd and map_spec.type not in _WITHOUT_TYPES and not self.ifindex and any(types.values()):
            typed = partial(create, btf_fd=self.btf_fd, **types)
            try:
                return _again_if_short(typed)
            except OSError as error:
                if error.errno in _OF_THE_MOMENT:
                    create = typed
                else:
                    refused_types = os.strerror(error.errno or 0)
        try:
            fd = create()
        except OSError as error:
            raise KernelError(
                f"Cannot create the map {map_spec.name} ({map_spec.type}, key {map_spec.key_size} bytes, "
                f"value {map_spec.value_size} bytes, {actual_entries(map_spec)} entries, flags {map_spec.flags:#x})",
                error.errno or 0,
                OFFLOADING if self.ifindex else _broken_rules(map_spec, error.errno or 0),
            ) from error
        if refused_types is not None:
            self.warn(
                f"The map {map_spec.name} ({map_spec.type}) was made without the types of its key and value, which the kernel "
                f"refuses ({refused_types}). It works, but bpftool shows bytes in place of fields"
            )
        return fd


# What is refused for these is refused now, and not because of the types.
_OF_THE_MOMENT = (errno.ENOMEM, errno.EMFILE, errno.ENFILE)


def _again_if_short(make: Callable[[], int]) -> int:
    try:
        return make()
    except OSError as error:
        if error.errno not in _OF_THE_MOMENT:
            raise
    return make()


# The kernel takes no types of keys and values for these, and libbpf gives it none (bpf_object__create_map in libbpf.c).
_WITHOUT_TYPES = frozenset(
    (
        "perf_event_array",
        "cgroup_array",
        "stack_trace",
        "array_of_maps",
        "hash_of_maps",
        "devmap",
        "devmap_hash",
        "cpumap",
        "xskmap",
        "sockmap",
        "sockhash",
        "queue",
        "stack",
    )
)


def _broken_rules(map_spec: MapSpec, refusal: int) -> str:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import map_rules

    return map_rules.broken_here(map_spec._replace(max_entries=actual_entries(map_spec)), refusal)


def _set_variables(map_spec: MapSpec, fd: int) -> bytes:
    """Returns the whole value of the map."""
    variables = map_spec.variables or b""
    if map_spec.settings:
        from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_configuration

        variables = kernel_configuration.values(map_spec)
    whole = variables.ljust(map_spec.value_size, b"\0")
    try:
        if variables:
            bpf_change.map_update(fd, bytes(4), whole)
        if map_spec.is_constant:
            bpf_change.map_freeze(fd)
    except OSError as error:
        raise KernelError(f"Cannot set the variables {map_spec.name}", error.errno or 0) from error
    return whole
