# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""All that is pinned below a directory, whoever pinned it, and what interfaces run."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._network import attachments, namespace, netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.one_set import OneSet, record_of
from ansible_collections.ebpf.xdp.plugins.module_utils._record import netns_names, record_links, reuse_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._record.in_force import InForce
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import sets as sets_below
from ansible_collections.ebpf.xdp.plugins.module_utils._record.ours import Pins, ours
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Borrowed, Record
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer, shown


def walk(directory: str) -> Iterator[tuple[str, str, int]]:
    """Path, kind (``map``, ``program``, ``link``) and descriptor of each pin; closed after each.

    Directories may be deeper than Python calls functions, and than a path can say.
    """
    waiting = _inside(directory)
    while waiting:
        path = waiting.pop()
        if os.path.islink(path):
            continue
        if os.path.isdir(path):
            waiting += _inside(path)
            continue
        fd = _open(path)
        if fd is None:
            continue
        try:
            kind = info.kind(fd)
            if kind is not None:
                yield path, kind, fd
        finally:
            os.close(fd)


def _open(path: str) -> int | None:
    """A descriptor; ``None`` for what is not a pin, or no longer one."""
    try:
        return bpf.obj_get(path)
    except OSError as error:
        code = error.errno or 0
    if code == errno.EROFS:
        with suppress(OSError):  # of a link, which cannot be opened so
            return bpf.obj_get(path, read_only=True)
    if code in bpf.NOT_A_PIN:
        return None
    raise KernelError(f"Cannot open the pin {path}", code)


def _inside(directory: str) -> list[str]:
    """Last one first; nothing where the path is longer than the kernel takes one."""
    try:
        return [os.path.join(directory, name) for name in reversed(bpffs.names(directory))]
    except KernelError as error:
        if error.errno == errno.ENAMETOOLONG:
            return []
        raise


def sets(pin_root: str) -> list[str]:
    """The names of the pin sets; none where somebody else could say that theirs are some."""
    if ownership.weakness(pin_root) is not None:
        return []
    return sets_below(pin_root)


def owners(pin_root: str, attached: Iterable[attachments.Attachment] = ()) -> dict[int, str]:
    """The pin set of each program that is a set's own, by program id.

    What somebody else has pinned into a set's directories is not; see ours.py.
    ``attached`` is what interfaces run, which says more where a record is gone.
    """
    over_netlink = _over_netlink(attached)
    found: dict[int, str] = {}
    for name in sets(pin_root):
        for program_id in _owned(pin_root, name, over_netlink):
            found.setdefault(program_id, name)
    return found


def _over_netlink(attached: Iterable[attachments.Attachment]) -> set[int]:
    return {each.program_id for each in attached if each.link_id is None}


def _owned(pin_root: str, name: str, over_netlink: set[int]) -> set[int]:
    """The programs of one set, by id; ``over_netlink`` are those that interfaces run without a link."""
    path = os.path.join(pin_root, name)
    programs = {each: info.program_info(fd) for each, fd in _pinned(path, "programs", "program")}
    links = {each: info.link_info(fd) for each, fd in _pinned(path, "links", "link")}
    return ours(record_of(path), Pins({}, programs, links), over_netlink).program_ids


def _pinned(path: str, part: str, wanted: str) -> Iterator[tuple[str, int]]:
    """Name and descriptor of each pin of one kind in a set's directory for it."""
    directory = os.path.join(path, part)
    for pin, kind, fd in walk(directory):
        if kind == wanted and os.path.dirname(pin) == directory:
            yield os.path.basename(pin), fd


class Digests(NamedTuple):
    """Of what an object was made from, and of the object; ``None`` where that is not known."""

    source: str | None
    object: str | None
    #: Who signed it.
    signer: Signer | None = None
    #: Of a program, whether it is the one that interfaces run, and not a helper.
    attached: bool | None = None


_UNKNOWN = Digests(None, None)


def origins(pin_root: str, names: Iterable[str]) -> dict[tuple[str, int], Digests]:
    """Where programs and maps of these sets came from, by kind and id, as the sets' records say."""
    found = {}
    for name in names:
        record = record_of(os.path.join(pin_root, name))
        if record is None:
            continue
        if record.program is not None:
            digests = Digests(record.program.source, record.program.object, record.program.signer)
            found.update(
                {("program", program_id): digests._replace(attached=True) for program_id in record.program.attached_ids}
            )
            helpers = record.program.helpers.values()
            found.update({("program", program_id): digests._replace(attached=False) for program_id in helpers})
            found.update({("map", map_id): digests for map_id in record.program.maps.values()})
        if record.maps is not None:
            digests = Digests(record.maps.source, record.maps.object, record.maps.signer)
            found.update({("map", map_id): digests for map_id in record.maps.ids.values()})
    return found


class Inventory:
    """Facts about pins and interfaces, as plain data for a module to return."""

    def __init__(self, pin_root: str, only: OneSet | None = None) -> None:
        """With ``only``, all of it is about one set, and others are read only where they have to do with it."""
        self._pin_root = pin_root
        self._only = only
        self._interfaces = netlink.interfaces()
        if only is None or (only.is_there and only.record is None):  # then only what runs says whose it is
            self._attachments = attachments.attachments(self._interfaces)
        else:
            self._attachments = only.attached(self._interfaces)
        self._all_attachments: list[attachments.Attachment] | None = None
        self._here = namespace.current()
        self._names: dict[namespace.NetworkNamespace, str | None] = {}
        self._records: dict[str, Record | None] = {}
        self._owned: dict[int, str] | None = None
        self._owned_by_one: set[int] | None = None
        self._measures: bool | None = None
        self._all_borrowed: dict[str, dict[str, Borrowed]] | None = None
        #: What could not be found out, as whole sentences.
        self.warnings: list[str] = []

    def pins(self, directory: str, count_entries: bool = False) -> dict[str, list[dict[str, Any]]]:
        """``count_entries`` reads all maps whose entries come and go."""
        found: dict[str, list[dict[str, Any]]] = {"programs": [], "maps": [], "links": []}
        is_all = self._only is None or not self._only.is_there
        known = origins(self._pin_root, [self._only.name] if self._only and not is_all else sets(self._pin_root))
        for path, kind, fd in walk(directory):
            if kind in ("map", "program"):
                facts = _with_path(path, info.map_info(fd) if kind == "map" else info.program_info(fd))
                if not is_all and (kind, facts["id"]) not in known:  # it may be another set's
                    known, is_all = origins(self._pin_root, sets(self._pin_root)), True
                digests = known.get((kind, facts["id"]), _UNKNOWN)
                facts.update(source_digest=digests.source, object_digest=digests.object, signer=shown(digests.signer))
                facts["memory_bytes"] = info.memory(fd)
                if kind == "program":
                    facts["attached"] = digests.attached
                    if not facts["run_count"] and not self._counts_runs():
                        facts.update(run_count=None, run_time_ns=None)
                else:
                    facts["entries"] = self._entries(path, fd) if count_entries else None
                found[f"{kind}s"].append(facts)
            else:
                found["links"].append(self._link(path, info.link_info(fd)))
        return found

    def _entries(self, path: str, fd: int) -> int | None:
        """How many entries a map has; ``None`` where all are there from the start, or nobody can read them."""
        # Imported here, as only who asks pays for it.
        from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import map_entries

        try:
            return map_entries.count(fd, info.map_info(fd))
        except OSError as error:
            # A sockhash whose values are smaller than a cookie (sock_hash_lookup_sys in net/core/sock_map.c), which any tool may pin.
            if error.errno != errno.ENOSPC:
                raise
            self.warnings.append(f"The entries of the map {path} cannot be counted: {error.strerror}")
            return None

    def _counts_runs(self) -> bool:
        """Whether the kernel counts how often programs run, which costs each run something."""
        if self._measures is None:
            self._measures = False
            with suppress(OSError), open("/proc/sys/kernel/bpf_stats_enabled", encoding="ascii") as setting:
                self._measures = setting.read().strip() != "0"
        return self._measures

    def _link(self, path: str, link: info.LinkInfo) -> dict[str, Any]:
        here = self._held_by(link)
        facts = _with_path(path, link)
        facts["interface"] = here.interface if here else None
        facts["mode"] = here.mode if here else None
        return facts

    def _held_by(self, link: info.LinkInfo) -> attachments.Attachment | None:
        """What the link holds in this network namespace."""
        here = next((each for each in self._attachments if each.link_id == link.id), None)
        if here is not None or not link.ifindex or self._only is None:
            return here
        # Somebody else's, on an interface that the set has nothing to do with; or in another namespace.
        if self._all_attachments is None:
            self._all_attachments = attachments.attachments(self._interfaces)
        return next((each for each in self._all_attachments if each.link_id == link.id), None)

    def interfaces(self) -> list[dict[str, Any]]:
        """Every interface of this network namespace that has an XDP program; of one set, those that are declared for it or run its."""
        chosen = self._chosen()
        owned = self._owners_of(chosen)
        return [attachment(each, owned) for each in chosen]

    def _chosen(self) -> list[attachments.Attachment]:
        if self._only is None or self._only.record is not None:
            return self._attachments
        mine = self._of_one()
        return [each for each in self._attachments if each.interface in self._only.declared or each.program_id in mine]

    def _owners_of(self, attached: list[attachments.Attachment]) -> dict[int, str]:
        """The sets whose programs these are, by program id."""
        if self._only is not None:
            mine = self._of_one()
            if all(each.program_id in mine for each in attached):
                return dict.fromkeys(mine, self._only.name)
        return self._owners() if attached else {}

    def _of_one(self) -> set[int]:
        """The programs of the only set."""
        if self._owned_by_one is None:
            self._owned_by_one = set()
            if self._only is not None and self._only.is_there:
                self._owned_by_one = _owned(self._pin_root, self._only.name, _over_netlink(self._attachments))
        return self._owned_by_one

    def _owners(self) -> dict[int, str]:
        if self._owned is None:
            self._owned = owners(self._pin_root, self._attachments)
        return self._owned

    def _owns(self, name: str, program_ids: Iterable[int]) -> bool:
        if self._only is not None:
            return not self._of_one().isdisjoint(program_ids)
        return name in map(self._owners().get, program_ids)

    def _record(self, name: str) -> Record | None:
        if name not in self._records:
            self._records[name] = record_of(Layout(self._pin_root, name).path)
        return self._records[name]

    def sets(self, boot_directory: str) -> list[dict[str, Any]]:
        """The pin sets that are pinned here or kept to be, sorted by name, and whether a boot brings them back."""
        if self._only is not None:
            is_known = self._only.is_there or self._only.is_kept
            return [self._set(self._only.name, boot_directory, self._only.is_kept)] if is_known else []
        on_disk = {*kept.names_for(boot_directory, self._pin_root)}
        return [self._set(name, boot_directory, name in on_disk) for name in sorted({*sets(self._pin_root), *on_disk})]

    def _set(self, name: str, boot_directory: str, is_kept: bool) -> dict[str, Any]:
        layout = Layout(self._pin_root, name)
        state = "absent"
        if is_kept:
            state = kept.compare(boot_directory, self._pin_root, name, self._in_force(name)).state
        borrowed = [
            {
                "name": each,
                "path": borrowed_map.path,
                "id": borrowed_map.id,
                "lender": reuse_maps.lender_of(self._pin_root, borrowed_map.path),
            }
            for each, borrowed_map in sorted(self._borrowed(name).items())
        ]
        return {
            "name": name,
            "path": layout.path,
            "pinned": os.path.isdir(layout.path),
            "kept": state,
            "netns": self._netns(name),
            "trial": self._trial(name),
            "borrows": borrowed,
            "lends": self._lent(name),
            "members": _chained(self._record(name)),
        }

    def _netns(self, name: str) -> dict[str, Any] | None:
        """The network namespace of the set, and what ``netns`` takes for it."""
        record = self._record(name)
        if record is None or record.netns is None:
            return None
        here = record.netns.same(self._here)
        if not here and record.netns not in self._names:
            # Imported here, as the sets of most hosts are all in one namespace.
            from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

            self._names[record.netns] = netns.name_of(record.netns)
        return {
            "inode": record.netns.inode,
            "cookie": record.netns.cookie or None,
            "here": here,
            "name": None if here else self._names[record.netns],
        }

    def _trial(self, name: str) -> dict[str, Any] | None:
        """What became of the last trial; the module adds one that is pending."""
        record = self._record(name)
        if record is None or record.trial is None:
            return None
        return {"state": record.trial.outcome, "object_digest": record.trial.object, "id": record.trial.id}

    def _borrowed(self, name: str) -> dict[str, Borrowed]:
        """The maps of others that a set's program uses, as its record says."""
        if self._all_borrowed is None:
            known = {each: self._record(each) for each in sets(self._pin_root) if self._may_borrow(each)}
            self._all_borrowed = {each: record.borrowed for each, record in known.items() if record and record.borrowed}
        return self._all_borrowed.get(name, {})

    def _may_borrow(self, name: str) -> bool:
        """Whether the text of the set's record speaks of it: hardly any does, and reading the text alone takes little."""
        text = record_links.read(Layout(self._pin_root, name).record)
        return text is not None and '"borrowed"' in text

    def _lent(self, name: str) -> list[dict[str, Any]]:
        self._borrowed(name)
        return [
            {"name": os.path.basename(borrowed_map.path), "borrower": each}
            for each, maps in sorted((self._all_borrowed or {}).items())
            for borrowed_map in sorted(maps.values())
            if reuse_maps.lender_of(self._pin_root, borrowed_map.path) == name
        ]

    def _in_force(self, name: str) -> InForce | None:
        record = self._record(name)
        program = record.program if record is not None else None
        # The record may name a program whose pin somebody removed.
        if record is None or program is None or not self._owns(name, program.attached_ids):
            return None
        attached = [each for each in self._attachments if each.program_id in program.attached_ids]
        here = {each.name for each in self._interfaces}
        if record.netns is not None and not record.netns.same(self._here):
            # What its interfaces run is not seen from here, and ours may have the same names.
            attached, here = [], set()
        return record.in_force(attached, here, netns_names.names(record.netns))


def _chained(record: Record | None) -> list[dict[str, Any]]:
    """Those of a chain, in their order."""
    chain = record.program.chain if record is not None and record.program is not None else ()
    return [
        {"name": each.name, "program": each.program, "proceed_on": list(each.proceed_on), "object_digest": each.object}
        for each in chain
    ]


def attachment(each: attachments.Attachment, owned: dict[int, str]) -> dict[str, Any]:
    """What an interface runs in one mode; ``owned`` are the ``owners`` of programs."""
    program = attachments.program_by_id(each.program_id)
    return {
        "interface": each.interface,
        "ifindex": each.ifindex,
        "mode": each.mode,
        "method": each.method,
        "link_id": each.link_id,
        "program_id": each.program_id,
        "program_name": program.name if program else None,
        "program_tag": program.tag if program else None,
        "owner": owned.get(each.program_id),
        "dispatcher": bool(program and attachments.is_dispatcher(program)),
    }


def exists(path: str) -> bool:
    """Whether the directory is there, and readable."""
    try:
        os.listdir(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last for a zero byte, which no name has
        return False
    except OSError as error:
        raise KernelError(f"Cannot look into {path}", error.errno or 0) from error
    return True


def _with_path(path: str, facts: info.MapInfo | info.ProgramInfo | info.LinkInfo) -> dict[str, Any]:
    return {"path": path, **info.as_dict(facts)}
