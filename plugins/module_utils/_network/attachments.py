# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What XDP program each interface runs, and what holds it there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink

#: XDP_FLAGS_*_MODE of include/uapi/linux/if_link.h, for links and netlink alike.
MODE_FLAGS = {"generic": 1 << 1, "native": 1 << 2, "offload": 1 << 3}

#: The end of "ip link set dev INTERFACE …" that detaches over netlink in either mode. Not "xdp off": where the driver has native mode,
#: that means native mode, succeeds, and leaves a program in generic mode (iproute2 6.1, on a veth).
OFF = "xdpdrv off, or xdpgeneric off"

# libxdp's dispatcher: lib/libxdp/protocol.org of xdp-tools.
_DISPATCHER_NAME = "xdp_dispatcher"
_DISPATCHER_MAGIC = 236


class Attachment(NamedTuple):
    """A program that an interface runs in one mode."""

    interface: str
    ifindex: int
    #: ``native``, ``generic`` or ``offload``.
    mode: str
    program_id: int
    #: The bpf_link that holds it; ``None`` when it was attached over netlink.
    link_id: int | None

    @property
    def method(self) -> str:
        """``link`` or ``netlink``: how it was attached."""
        return "netlink" if self.link_id is None else "link"


def attachments(
    interfaces: list[netlink.Interface], have_links: bool = True, known: Mapping[str, int] = MappingProxyType({})
) -> list[Attachment]:
    """One entry for each interface and mode that has a program, by interface index.

    A kernel without XDP links (before 5.9) is not asked for them with ``have_links`` false.

    Links are told apart by interface index and program. A link of another
    network namespace with the same two cannot be told from one of this: the
    kernel does not say which namespace a link is in. Of several the one that is
    ``known`` to hold the interface (link ids by the interface's name) is taken,
    else the youngest.
    """
    if not any(interface.programs for interface in interfaces):
        return []
    links: dict[tuple[int, int], list[int]] = {}
    for link in _xdp_links(interfaces, known) if have_links else ():
        links.setdefault((link.ifindex, link.program_id), []).append(link.id)

    def holder(interface: netlink.Interface, program_id: int) -> int | None:
        candidates = links.get((interface.ifindex, program_id))
        if not candidates:
            return None
        return known[interface.name] if known.get(interface.name) in candidates else candidates[-1]

    return [
        Attachment(interface.name, interface.ifindex, mode, program_id, holder(interface, program_id))
        for interface in interfaces
        for mode, program_id in sorted(interface.programs.items())
    ]


def _xdp_links(interfaces: list[netlink.Interface], known: Mapping[str, int]) -> list[info.LinkInfo]:
    """Those that are known, where they hold all that runs; otherwise all links of the host, which may be many."""
    running = {(each.ifindex, program_id) for each in interfaces for program_id in each.programs.values()}
    try:
        found = _links_of_xdp(sorted({known[each.name] for each in interfaces if each.name in known}))
        if running <= {(link.ifindex, link.program_id) for link in found}:
            return found
        return _links_of_xdp(bpf.link_ids())
    except OSError as error:
        raise KernelError("Cannot look at the bpf_links of this host", error.errno or 0) from error


def _links_of_xdp(ids: Iterable[int]) -> list[info.LinkInfo]:
    found = []
    for link_id in ids:
        with suppress(FileNotFoundError):  # gone since
            fd = bpf.link_by_id(link_id)
            try:
                link = info.link_info(fd)
            finally:
                os.close(fd)
            if link.type == "xdp":
                found.append(link)
    return found


def program_by_id(program_id: int) -> info.ProgramInfo | None:
    """What is known of a program; ``None`` when it is gone."""
    try:
        fd = bpf.prog_by_id(program_id)
    except FileNotFoundError:
        return None
    try:
        return info.program_info(fd)
    finally:
        os.close(fd)


def is_dispatcher(program: info.ProgramInfo) -> bool:
    """Whether this is libxdp's dispatcher, behind which other programs run.

    It has one map, whose only value begins with a magic byte.
    """
    if program.name != _DISPATCHER_NAME or len(program.map_ids) != 1:
        return False
    try:
        fd = bpf.map_by_id(program.map_ids[0])
    except FileNotFoundError:
        return False
    try:
        config = info.map_info(fd)
        if (config.type, config.key_size, config.max_entries) != ("array", 4, 1):
            return False
        return bpf.map_lookup(fd, bytes(4), config.value_size)[0] == _DISPATCHER_MAGIC
    except OSError:
        return False  # not readable from here, so not libxdp's
    finally:
        os.close(fd)


def describe(attachment: Attachment) -> str:
    """The program on an interface, in words for an error message."""
    program = program_by_id(attachment.program_id)
    what = f"program id {attachment.program_id}"
    if program is not None:
        what += f", name {program.name or '(none)'}, tag {program.tag}"
    how = f"by bpf_link {attachment.link_id}" if attachment.link_id is not None else "over netlink"
    text = f"{what}, attached {how} in {attachment.mode} mode"
    if program is not None and is_dispatcher(program):
        text += ", a libxdp dispatcher with other programs behind it"
    return text
