# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pin sets as they are kept on a host's disk, to come back after a reboot.

One file for each set, so that a damaged one fails that set alone. Its first
line says what xdp_pin was asked for (``_pinset.kept``), its second line is the
object itself.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._object import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.kept import Header, Malformed, Newer

#: Where they are unless said otherwise.
DIRECTORY = "/var/lib/ebpf-xdp"


class SavedSet(NamedTuple):
    name: str
    pin_root: str
    object: ObjectSpec
    program: str | None
    #: ``None`` for a set that is attached nowhere.
    interfaces: tuple[str, ...] | None
    mode: str
    attach: str


def header(saved: SavedSet) -> Header:
    return Header(
        kept.FORMAT,
        saved.name,
        saved.pin_root,
        saved.object.source,
        spec_text.digest(saved.object),
        saved.program,
        saved.interfaces,
        saved.mode,
        saved.attach,
    )


def to_text(saved: SavedSet) -> str:
    rest = {"object": spec_text.to_json(saved.object)}
    return header(saved).to_line() + json.dumps(rest, sort_keys=True, separators=(",", ":")) + "\n"


def read(directory: str, name: str) -> SavedSet:
    """One set; the error names its file."""
    file_path = kept.path(directory, name)
    try:
        with kept.opened(directory, name) as file:
            first = kept.first_line(file)
            found = kept.parse(name, first)
            return _with_object(found, first if found.format == 1 else json.loads(file.read(kept.LARGEST)))
    except OSError as error:
        raise XdpError(f"{file_path} cannot be read: {error.strerror}") from None
    except (Malformed, ValueError, RecursionError) as error:
        raise XdpError(f"{file_path} is damaged: {error}. Deploy the set once more") from None
    except Newer as error:
        raise Newer(f"{file_path}: {error}") from None
    except XdpError as error:
        raise XdpError(f"{file_path}: {error}") from None


def _with_object(found: Header, rest: Any) -> SavedSet:
    spec = spec_text.from_json(rest.get("object") if isinstance(rest, dict) else None)
    # Where the object has a digest with it, from_json has compared the two.
    if (spec.source, rest["object"].get("digest", found.object)) != (found.source, found.object):
        raise Malformed("its first line is not of the object that follows")
    return SavedSet(found.name, found.pin_root, spec, found.program, found.interfaces, found.mode, found.attach)
