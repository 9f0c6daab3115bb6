# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What is kept of a pin set on the host's disk, by the first line of its file, and how that compares with the kernel.

The object itself is in the second line, which only those read who load it (``_boot.saved``). So each run of xdp_pin can
afford the comparison.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Callable, NamedTuple, TypeVar

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record.in_force import InForce
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import KEPT_SUFFIX, is_name, kept_path
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents

#: To be raised when a file of today would mean something else. Files of format 1 are one line, the object included.
FORMAT = 2

#: The same for a set that borrows maps or names helpers: an older version would bring it back without, so it refuses it.
FORMAT_WITH_OTHERS = 3

#: The same for a set with contents of maps: an older version would bring its maps back empty, so it refuses it.
FORMAT_WITH_CONTENTS = 4

#: The same for a set of a named network namespace: an older version would attach it in another one, so it refuses it.
FORMAT_WITH_NETNS = 5

#: The last that this version reads.
LATEST = 5

#: Bytes of a file. An object of many variables takes some MiB; what is larger is damaged, and not worth all memory.
LARGEST = 256 << 20

#: Bytes of a first line: thousands of interfaces fit.
_LONGEST_LINE = 1 << 20

_FORMAT = "ebpf.xdp saved set "
_MODES = ("auto", "native", "generic", "offload")
_METHODS = ("auto", "link", "netlink")

_T = TypeVar("_T")


class Malformed(Exception):
    """A kept file is not what it should be; the text says in what way."""


class Newer(XdpError):
    """A later version of the collection wrote the file."""


class Unreadable(XdpError):
    """Whatever is in the file, this time the system did not give it."""

    def __init__(self, text: str, errno: int | None) -> None:
        super().__init__(text)
        self.errno = errno


def awaits(interfaces: tuple[str, ...] | None, contents: tuple[KeptContents, ...]) -> set[str]:
    """The interfaces that a set is attached to, and those that entries of its maps name."""
    return {*(interfaces or ()), *(name for each in contents for name in each.interfaces)}


class Header(NamedTuple):
    """A kept file without the object."""

    format: int
    name: str
    pin_root: str
    #: Digests of what the object was made from, and of the object.
    source: str
    object: str
    #: ``None`` where the object has only one.
    program: str | None
    #: ``None`` for a set that is attached nowhere.
    interfaces: tuple[str, ...] | None
    mode: str
    attach: str
    #: Who signed what the object was made from, when it was kept.
    signer: Signer | None = None
    #: As ``Request.reuse_maps``.
    reuse_maps: tuple[tuple[str, str], ...] = ()
    #: As ``Request.helpers``, sorted.
    helpers: tuple[str, ...] = ()
    #: What maps hold when the set has come back, sorted by map.
    contents: tuple[KeptContents, ...] = ()
    #: The name of the network namespace that its interfaces are in; ``None`` for the one that the host boots with.
    netns: str | None = None

    def is_for(self, pin_root: str) -> bool:
        """Whether the set is to be pinned there."""
        return os.path.normpath(self.pin_root) == os.path.normpath(pin_root)

    def awaits(self) -> set[str]:
        """The interfaces that the set is attached to, and those that entries of its maps name."""
        return awaits(self.interfaces, self.contents)

    def to_line(self) -> str:
        """The line as it stands in the file: JSON with a line feed, and without optional fields that are empty."""
        data: dict[str, Any] = {
            **self._asdict(),
            "format": _FORMAT + str(self.format),
            "reuse_maps": dict(self.reuse_maps),
            "contents": [each.to_data() for each in self.contents],
        }
        for later in ("signer", "reuse_maps", "helpers", "contents", "netns"):
            if not data[later]:
                del data[later]
        return json.dumps(data, sort_keys=True, separators=(",", ":")) + "\n"


class Difference(NamedTuple):
    """Of the object, the program, the interfaces, or one interface."""

    what: str
    kept: str | None
    in_force: str | None


class Kept(NamedTuple):
    """How what is kept of a set for the next boot compares with what is in force."""

    #: ``same``, ``different`` or ``absent``.
    state: str
    differences: tuple[Difference, ...] = ()
    #: Why the file says nothing; empty when it does.
    trouble: str = ""
    #: What is kept of maps' contents, where the file says it and is for this ``pin_root``. It is not compared here.
    contents: tuple[KeptContents, ...] = ()


def names(directory: str) -> list[str]:
    """The sets that are kept there, sorted; empty if the directory does not exist. Other files are ignored."""
    found = bpffs.names(directory)
    return sorted(
        name[: -len(KEPT_SUFFIX)] for name in found if name.endswith(KEPT_SUFFIX) and is_name(name[: -len(KEPT_SUFFIX)])
    )


def names_for(directory: str, pin_root: str) -> list[str]:
    """The sets that are kept there to be pinned below ``pin_root``, sorted. A damaged file does not say that it is for another."""
    return [name for name in names(directory) if is_for(directory, pin_root, name)]


def is_for(directory: str, pin_root: str, name: str) -> bool:
    """Whether the set is kept there to be pinned below ``pin_root``."""
    try:
        kept = header(directory, name)
    except XdpError:
        return True
    return kept is not None and kept.is_for(pin_root)


def opened(directory: str, name: str) -> IO[bytes]:
    """The set's file, which nobody but root can have written: it is loaded into the kernel at boot."""
    ownership.require_safe(os.path.abspath(directory))
    # Neither waiting for the other end of a pipe nor following a link to what belongs elsewhere.
    fd = os.open(kept_path(directory, name), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    status = os.fstat(fd)
    why = ""
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022 or not stat.S_ISREG(status.st_mode):
        why = "it is not a file that only its owner, root, can write. It was not loaded"
    elif status.st_size > LARGEST:
        why = f"it has more than {LARGEST >> 20} MiB, so it is damaged. Deploy the set once more"
    if why:
        os.close(fd)
        raise XdpError(why)
    return open(fd, "rb")


def header(directory: str, name: str) -> Header | None:
    """What the first line of the set's file says; ``None`` when no such set is kept. The error names the file."""
    try:
        with _naming(kept_path(directory, name)), opened(directory, name) as file:
            return parse(name, first_line(file))
    except Unreadable as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return None
        raise


def read(directory: str, name: str, with_object: Callable[[Header, Any], _T]) -> _T:
    """What ``with_object`` makes of the header and of the data that the object is in. The error names the file."""
    with _naming(kept_path(directory, name)), opened(directory, name) as file:
        first = first_line(file)
        found = parse(name, first)
        return with_object(found, first if found.format == 1 else json.loads(file.read(LARGEST)))


@contextmanager
def _naming(where: str) -> Iterator[None]:
    """Have errors name the file."""
    try:
        yield
    except OSError as error:
        raise Unreadable(f"{where} cannot be read: {error.strerror}", error.errno) from error
    except (Malformed, ValueError, RecursionError) as error:
        raise XdpError(f"{where} is damaged: {error}. Deploy the set once more") from error
    except Newer as error:
        raise Newer(f"{where}: {error}") from error
    except XdpError as error:
        raise XdpError(f"{where}: {error}") from error


def parse_text(name: str, text: str) -> Header:
    """The header of what is about to be kept."""
    return parse(name, json.loads(text.partition("\n")[0]))


def first_line(file: IO[bytes]) -> Any:
    """The header's data; of a file of format 1, which has no header, all of it."""
    line = file.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        line += file.read(LARGEST)
    return json.loads(line)


def parse(name: str, data: Any) -> Header:
    """Check what ``first_line`` returned, for the set with this name."""
    number = _format(data)
    if data.get("name") != name:
        raise Malformed(f"it is of the set {data.get('name')!r}")
    interfaces = data.get("interfaces")
    if interfaces is not None and not (isinstance(interfaces, list) and all(isinstance(i, str) for i in interfaces)):
        raise Malformed("interfaces is not a list of names")
    program = data.get("program")
    if program is not None and not isinstance(program, str):
        raise Malformed("program is not a name")
    pin_root = data.get("pin_root")
    if not isinstance(pin_root, str) or data.get("mode") not in _MODES or data.get("attach") not in _METHODS:
        raise Malformed("pin_root, mode or attach is not what it can be")
    source, digest = _digests(data) if number == 1 else (data.get("source"), data.get("object"))
    if not isinstance(source, str) or not isinstance(digest, str):
        raise Malformed("source or object is not a digest")
    return Header(
        number,
        name,
        pin_root,
        source,
        digest,
        program,
        None if interfaces is None else tuple(interfaces),
        data["mode"],
        data["attach"],
        _signer(data.get("signer")),
        _reuse_maps(data.get("reuse_maps", {})),
        _helpers(data.get("helpers", [])),
        _contents(data["contents"]) if "contents" in data else (),
        _netns(data.get("netns")),
    )


def _netns(value: Any) -> str | None:
    # It becomes part of a path.
    if value is not None and not (isinstance(value, str) and value not in ("", ".", "..") and "/" not in value):
        raise Malformed("netns is not a name")
    return value


def _signer(value: Any) -> Signer | None:
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(each, str) for each in value)):
        raise Malformed("signer is not a name and a key")
    return Signer(*value)


def _reuse_maps(data: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(data, dict) or not all(isinstance(each, str) for each in data.values()):
        raise Malformed("reuse_maps does not say which maps")
    return tuple(sorted(data.items()))


def _helpers(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(each, str) for each in data):
        raise Malformed("helpers is not a list of names")
    return tuple(sorted(data))


def _contents(data: Any) -> tuple[KeptContents, ...]:
    # Imported here: most sets have none, and each run of xdp_pin reads the header of its set.
    from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept_contents

    return kept_contents.parse(data)


def _format(data: Any) -> int:
    found = re.fullmatch(_FORMAT + "([1-9][0-9]{0,8})", str(data.get("format"))) if isinstance(data, dict) else None
    if found is None:
        raise Malformed("it does not say that it is a saved set of ebpf.xdp")
    number = int(found.group(1))
    if number > LATEST:
        raise Newer(
            f"a later version of the collection wrote it: its format is {number}, and this version reads 1 to {LATEST}. "
            f"Use that version, or remove the file and deploy the set once more"
        )
    return number


def _digests(data: Any) -> tuple[Any, Any]:
    spec = data.get("object")
    return (spec.get("source"), spec.get("digest")) if isinstance(spec, dict) else (None, None)


def compare(directory: str, pin_root: str, name: str, in_force: InForce | None) -> Kept:
    """Whether the host would come back with what is in force; ``None`` for a set that runs no program."""
    try:
        kept = header(directory, name)
    except XdpError as error:
        return Kept("different", (), str(error))
    if kept is None or not kept.is_for(pin_root):
        return Kept("absent")
    found = tuple(differences(kept, in_force))
    return Kept("different" if found else "same", found, contents=kept.contents)


def differences(kept: Header, in_force: InForce | None) -> list[Difference]:
    """What ``ebpf-xdp restore`` would change."""
    if in_force is None:
        return [Difference("program", kept.program, None)]
    found = []
    if kept.object != in_force.object:
        found.append(Difference("object", kept.object, in_force.object))
    if kept.program not in (None, in_force.program):
        found.append(Difference("program", kept.program, in_force.program))
    if kept.signer != in_force.signer:
        found.append(Difference("signer", kept.signer and str(kept.signer), in_force.signer and str(in_force.signer)))
    if kept.helpers != in_force.helpers:
        found.append(Difference("helpers", ", ".join(kept.helpers) or None, ", ".join(in_force.helpers) or None))
    borrowed = _paths(kept)
    if borrowed != in_force.borrowed:
        found.append(Difference("reuse_maps", _told(borrowed), _told(in_force.borrowed)))
    if kept.netns not in in_force.netns:
        names = ", ".join(each for each in in_force.netns if each)
        found.append(
            Difference("netns", kept.netns, names or (None if None in in_force.netns else "one without a name"))
        )
    wanted = {each for each in kept.interfaces or () if each in in_force.here}
    if wanted != set(in_force.links):
        found.append(Difference("interfaces", ", ".join(sorted(wanted)), ", ".join(sorted(in_force.links))))
    for interface in sorted(wanted & set(in_force.links)):
        mode, method = in_force.links[interface]
        if kept.mode not in ("auto", mode) or kept.attach not in ("auto", method):
            found.append(Difference(interface, f"{kept.mode} mode, {kept.attach}", f"{mode} mode, {method}"))
    return found


def _paths(kept: Header) -> dict[str, str]:
    if not kept.reuse_maps:
        return {}
    from ansible_collections.ebpf.xdp.plugins.module_utils._record import reuse_maps

    try:
        return reuse_maps.wanted(kept.pin_root, kept.name, kept.reuse_maps)
    except XdpError:  # a restore refuses it, so it is not what is in force
        return dict(kept.reuse_maps)


def _told(borrowed: Mapping[str, str]) -> str | None:
    return ", ".join(f"{name} is {path}" for name, path in sorted(borrowed.items())) or None
