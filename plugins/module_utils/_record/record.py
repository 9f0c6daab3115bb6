# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The record of a pin set: what was asked for and what was loaded, as data and as text.

It lies beside the pins, in symbolic links (record_links.py), and is gone at
reboot together with them, so it never speaks of a kernel that is no more.

Format 2 is written, formats 1 and 2 are read. A later format, or a field that
this version does not know, is a ``NewerRecord``: a run that dropped what it
does not understand would take away what a newer version relies on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Container, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._record.bound_names import bound_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.in_force import InForce
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import is_interface_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name
from ansible_collections.ebpf.xdp.plugins.module_utils._version import VERSION

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment

_FORMAT = 2

_FIELDS = {"version", "by", "maps", "program", "pending", "links", "interfaces", "netns", "borrowed", "inner", "led"}
_FIELDS |= {"trial"}
_MAPS_FIELDS = {"source", "object", "ids", "signer"}
_PROGRAM_FIELDS = {"source", "object", "name", "id", "tag", "functions", "maps", "without", "signer"}
_PROGRAM_FIELDS |= {"helpers", "named", "arrays", "bound", "chain", "slots"}

# Fields of a half that are written only where they say something, so that the text of others is the same as ever.
_OPTIONAL = {"signer", "helpers", "named", "arrays", "bound", "chain", "slots"}

#: After ``ebpf.xdp`` in a message.
_UNKNOWN_WRITER = "of an unknown version"

_WRITER = re.compile(r"[0-9A-Za-z.+-]{1,32}")


class RecordedMember(NamedTuple):
    """A member of a chain. The record has these fields under their names, as it does for all classes here."""

    name: str
    #: Its program's name in its object.
    program: str
    #: The verdicts with which packets go on to the next member.
    proceed_on: tuple[str, ...]
    #: Digest of its object.
    object: str


class RecordedProgram(NamedTuple):
    """The set's program, and what came with it."""

    #: Digests of what the object was made from, and of the object.
    source: str
    object: str
    name: str
    id: int
    tag: str
    #: All functions of the object that may be meant where no program is named.
    functions: tuple[str, ...]
    #: Ids of the object's maps by name, pinned or not.
    maps: dict[str, int]
    #: Who signed it, by the last run that pinned it.
    signer: Signer | None = None
    #: Ids of the programs that are pinned beside it, and that nothing attaches, by name.
    helpers: dict[str, int] = {}  # noqa: RUF012  # never changed in place
    #: Those of them that were asked for by name (``helpers``), sorted.
    named: tuple[str, ...] = ()
    #: Program arrays that came with their entries, by name: they lose them with their last pin.
    arrays: tuple[str, ...] = ()
    #: Of a program that is bound to interfaces, the id for each of them, by the decimal interface index.
    bound: dict[str, int] = {}  # noqa: RUF012  # as above
    #: Of a chain, its members in their order.
    chain: tuple[RecordedMember, ...] = ()
    #: Which counters each member of a chain that counts has, by its name, and each name of ``NamedCounters``, by ``MAP/NAME``; also
    #: those that are not there any more.
    slots: dict[str, int] = {}  # noqa: RUF012  # as above

    @property
    def attached_ids(self) -> set[int]:
        """The ids of what interfaces run."""
        return {self.id, *self.bound.values()}

    @property
    def pins(self) -> list[str]:
        """The names that it has in ``programs/``, with its helpers."""
        return [*([bound_name(self.name, ifindex) for ifindex in self.bound] or [self.name]), *self.helpers]


class RecordedMaps(NamedTuple):
    """The set's pinned maps. ``source`` and ``object`` are digests as for the program."""

    source: str
    object: str
    #: Ids of the maps that are pinned, by name.
    ids: dict[str, int]
    signer: Signer | None = None


class Borrowed(NamedTuple):
    """A map that another set has pinned, or anybody else, and that the program uses."""

    path: str
    id: int


class Tried(NamedTuple):
    """What became of the last change that was on trial (_trial)."""

    #: ``confirmed``, ``expired`` or ``rolled_back``.
    outcome: str
    #: Digest of the object that was on trial; empty where the set was to go.
    object: str
    #: Tells the trial from others.
    id: str


class Record(NamedTuple):
    """All that is on record of a pin set."""

    maps: RecordedMaps | None = None
    program: RecordedProgram | None = None
    #: Pins (``maps/x``, ``programs/y``, ``links/z``) that a run is about to make. One that was
    #: killed meanwhile leaves them here, so that the next run knows its own.
    pending: tuple[str, ...] = ()
    #: Ids of the set's links, by the names of their pins.
    links: dict[str, int] = {}  # noqa: RUF012  # never changed in place
    #: The interfaces that were asked for last, sorted; ``None`` when that never happened.
    interfaces: tuple[str, ...] | None = None
    #: Where the interfaces are; ``None`` for a set that never had a program.
    netns: NetworkNamespace | None = None
    #: The form in which it was found. What is written is format 2.
    format: int = _FORMAT
    #: The maps of others that the program uses, by its own names for them; left out of the text when there are none.
    borrowed: dict[str, Borrowed] = {}  # noqa: RUF012  # as above
    #: What each entry of a map of maps is like, by the outer map's name: the kernel does not say.
    inner: dict[str, str] = {}  # noqa: RUF012  # as above
    #: While a run is under way that leads entries of maps to other programs: the ids of all programs that an entry may
    #: name, by the program's name. A run that was killed leaves them here.
    led: dict[str, tuple[int, ...]] = {}  # noqa: RUF012  # as above
    trial: Tried | None = None

    def names(self, part: str) -> set[str]:
        """The names that pins of ours have, or may have, in this part (``maps``, ``programs`` or ``links``)."""
        ours = self.pending_names(part)
        if part == "links":
            ours.update(self.links)
        if self.maps and part == "maps":
            ours.update(self.maps.ids)
        if self.program and part != "links":
            ours.update(set(self.program.maps) - set(self.borrowed) if part == "maps" else self.program.pins)
        return ours

    def in_force(
        self, attached: Iterable[Attachment], here: Container[str], netns: Collection[str | None]
    ) -> InForce | None:
        """What runs of the set, whose interfaces run what is ``attached``; ``None`` without a program on record.

        ``here`` are all interfaces, and ``netns`` the names, of its network namespace.
        """
        if self.program is None:
            return None
        return InForce(
            self.program.object,
            self.program.name,
            {each.interface: (each.mode, each.method) for each in attached},
            here,
            self.program.signer,
            {name: borrowed.path for name, borrowed in self.borrowed.items()},
            self.program.named,
            netns,
        )

    def pending_names(self, part: str) -> set[str]:
        """The names that a run was about to pin in ``maps``, ``programs`` or ``links``."""
        return {name.partition("/")[2] for name in self.pending if name.startswith(part + "/")}

    def says_the_same(self, older: Record | None) -> bool:
        """Whether nothing that ``older`` can say has changed since it was written.

        Format 1 knows neither links nor interfaces, and a set may have been
        recorded without its namespace: adding these does not count as a change by itself.
        """
        if older is None:
            return False
        if older.format == 1:
            return self[:3] == older[:3]
        return self == (older if older.netns else older._replace(netns=self.netns))

    def to_text(self) -> str:
        """The record as JSON, the same for equal records. Fields that have their default are left out."""
        data: dict[str, Any] = {"version": _FORMAT, "by": VERSION}
        if self.maps:
            data["maps"] = _said(self.maps)
        if self.program:
            # As a rule they are the maps that are pinned: each id stands in the record once.
            pinned = self.maps.ids if self.maps else {}
            used = self.program.maps
            data["program"] = {
                **_said(self.program),
                "maps": {name: map_id for name, map_id in used.items() if pinned.get(name) != map_id},
            }
            without = sorted(set(pinned) - set(used))
            if without:
                data["program"]["without"] = without
        if self.pending:
            data["pending"] = self.pending
        if self.links:
            data["links"] = self.links
        if self.interfaces is not None:
            data["interfaces"] = self.interfaces
        if self.netns:
            data["netns"] = self.netns
        if self.borrowed:
            data["borrowed"] = self.borrowed
        if self.inner:
            data["inner"] = self.inner
        if self.led:
            data["led"] = self.led
        if self.trial:
            data["trial"] = self.trial
        return json.dumps(data, separators=(",", ":"), sort_keys=True)


def _said(half: RecordedMaps | RecordedProgram) -> dict[str, Any]:
    return {field: value for field, value in half._asdict().items() if value or field not in _OPTIONAL}


class NewerRecord(Exception):
    """Written by a version of the collection that says more in it than this one understands."""

    def __init__(self, writer: str, record_format: int) -> None:
        super().__init__(writer)
        #: The version that wrote it, as far as it says.
        self.writer = writer
        self.format = record_format


class _NotOurs(Exception):
    """The text was written by no version."""


def parse(text: str) -> Record | None:
    """The record, or ``None`` for a text that no version wrote. Raises ``NewerRecord``."""
    try:
        data = json.loads(text)
        version = _id(data["version"])
        if version == 1:
            return _common(data)._replace(format=1)
        if version > _FORMAT:
            # A later format may be of any shape, and name its writer elsewhere. Development versions share a number.
            raise NewerRecord(_named_writer(data), version)
        writer = _writer(data["by"])
        if not _knows(data):
            if writer == VERSION:
                return None  # this version writes nothing of the kind
            raise NewerRecord(writer, version)
        if version != _FORMAT:
            return None
        return _common(data)._replace(
            links=_numbers(data["links"]) if "links" in data else {},
            interfaces=_interfaces(data["interfaces"]) if "interfaces" in data else None,
            netns=NetworkNamespace(*map(_number, _list(data["netns"]))) if "netns" in data else None,
            borrowed=_borrowed(data["borrowed"]) if "borrowed" in data else {},
            inner=_texts(data["inner"]) if "inner" in data else {},
            led=_led(data["led"]) if "led" in data else {},
            trial=_tried(data["trial"]) if "trial" in data else None,
        )
    except (_NotOurs, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def known(text: str | None, path: str) -> Record | None:
    """The record with this text; refuses a newer one, of which ``path`` tells the user."""
    try:
        return None if text is None else parse(text)
    except NewerRecord as error:
        raise XdpError(
            f"{path} was written by ebpf.xdp {error.writer}, in format {error.format}. "
            f"This is ebpf.xdp {VERSION}, which reads formats 1 to {_FORMAT} and does not know everything in it. "
            f"Upgrade the collection on the controller"
        ) from error


def _knows(data: dict[str, Any]) -> bool:
    """Whether this version knows every field."""
    parts = ((data, _FIELDS), (data.get("maps", {}), _MAPS_FIELDS), (data.get("program", {}), _PROGRAM_FIELDS))
    return all(set(part) <= fields for part, fields in parts)


def _common(data: dict[str, Any]) -> Record:
    """What formats 1 and 2 both say."""
    maps = _maps(data["maps"]) if "maps" in data else None
    return Record(
        maps,
        _program(data["program"], maps.ids if maps and data["version"] != 1 else {}) if "program" in data else None,
        _words(data["pending"]) if "pending" in data else (),
    )


def _maps(data: Any) -> RecordedMaps:
    return RecordedMaps(_word(data["source"]), _word(data["object"]), _ids(data["ids"]), _signer(data))


def _program(data: Any, pinned: dict[str, int]) -> RecordedProgram:
    """``pinned`` are the maps that it uses too, where nothing else is said of them."""
    without = _words(data["without"]) if "without" in data else ()
    maps = {name: map_id for name, map_id in pinned.items() if name not in without}
    maps.update(_ids(data["maps"]))
    return RecordedProgram(
        _word(data["source"]),
        _word(data["object"]),
        _name(data["name"]),
        _id(data["id"]),
        _word(data["tag"]),
        _words(data["functions"]),
        maps,
        _signer(data),
        _ids(data["helpers"]) if "helpers" in data else {},
        _words(data["named"]) if "named" in data else (),
        _words(data["arrays"]) if "arrays" in data else (),
        _ids(data["bound"]) if "bound" in data else {},
        tuple(map(_member, _list(data["chain"]))) if "chain" in data else (),
        _numbers(data["slots"]) if "slots" in data else {},
    )


def _member(data: Any) -> RecordedMember:
    name, program, verdicts, digest = _list(data)
    return RecordedMember(_name(name), _word(program), tuple(map(_word, _list(verdicts))), _word(digest))


def _signer(data: Any) -> Signer | None:
    if "signer" not in data:
        return None
    name, key = _words(data["signer"])
    return Signer(name, key)


def _named_writer(data: dict[str, Any]) -> str:
    """The version that wrote a record of a later format, for a message."""
    try:
        return _writer(data.get("by"))
    except _NotOurs:
        return _UNKNOWN_WRITER


def _writer(value: Any) -> str:
    if not _WRITER.fullmatch(_word(value)):
        raise _NotOurs
    return str(value)


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise _NotOurs
    return value


def _name(value: Any) -> str:
    """Of a pin: it must not lead elsewhere."""
    if not usable_name(_word(value)):
        raise _NotOurs
    return str(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _NotOurs
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not _list(value):
        raise _NotOurs
    return tuple(_word(each) for each in value)


def _number(value: Any, bits: int = 64) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise _NotOurs
    return value


def _id(value: Any) -> int:
    return _number(value, 32)


def _ids(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise _NotOurs
    return {_name(name): _id(object_id) for name, object_id in value.items()}


def _numbers(value: Any) -> dict[str, int]:
    """By names that are compared with others, and lead nowhere."""
    if not isinstance(value, dict):
        raise _NotOurs
    return {name: _id(object_id) for name, object_id in value.items()}


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _NotOurs
    return {_name(name): _word(text) for name, text in value.items()}


def _tried(value: Any) -> Tried:
    outcome, digest, trial_id = map(_word, _list(value))
    return Tried(outcome, digest, trial_id)


def _led(value: Any) -> dict[str, tuple[int, ...]]:
    if not isinstance(value, dict):
        raise _NotOurs
    return {_name(name): tuple(_id(program_id) for program_id in _list(ids)) for name, ids in value.items()}


def _interfaces(value: Any) -> tuple[str, ...]:
    names = tuple(_word(each) for each in _list(value))
    if not all(is_interface_name(name) for name in names):
        raise _NotOurs
    return names


def _borrowed(value: Any) -> dict[str, Borrowed]:
    if not isinstance(value, dict):
        raise _NotOurs
    found = {}
    for name, each in value.items():
        path, map_id = _list(each)
        if not _word(path).startswith("/") or "\0" in path:
            raise _NotOurs
        found[_name(name)] = Borrowed(path, _id(map_id))
    return found
