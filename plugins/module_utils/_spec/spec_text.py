# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.


"""Object specs as plain data and as text, so that they can travel and be kept.

The text is canonical: the same spec is the same bytes, whoever wrote it. Its
SHA-256 is the object's digest, which ``sha256sum`` tells of a file as well. In
plain data the digest stands beside what it is of.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.data_reader import Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.from_data import from_data
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.to_data import to_data


def to_text(spec: ObjectSpec) -> str:
    """JSON with sorted keys and a line feed: equal specs have equal texts."""
    return json.dumps(to_data(spec), sort_keys=True, separators=(",", ":")) + "\n"


def digest(spec: ObjectSpec) -> str:
    """SHA-256 of the text, 64 hexadecimal digits."""
    return hashlib.sha256(to_text(spec).encode()).hexdigest()


def to_json(spec: ObjectSpec) -> dict[str, Any]:
    """Plain data with its ``digest``."""
    return {**to_data(spec), "digest": digest(spec)}


def from_json(data: Any) -> ObjectSpec:
    """The spec; raises ``XdpError`` for anything that ``to_json`` did not write, or that was changed since."""
    try:
        spec = from_data(data)
    except Malformed as error:
        raise XdpError(f"Not an object spec: {error}. Give what xdp_compile returned as object") from error
    claimed = data.get("digest")
    if claimed is not None and claimed != digest(spec):
        raise XdpError(
            f"The object spec was changed after it was made: its digest is {digest(spec)}, and it says {short(claimed)}"
        )
    return spec


def looks_like_spec(data: bytes) -> bool:
    """Whether a file's content is meant as an object spec; no C source starts like that."""
    return data[:256].lstrip().startswith(b"{")


def from_text(path: str, data: bytes) -> ObjectSpec:
    """The spec in a file; the error names the file."""
    try:
        return from_json(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise XdpError(f"{path} is not an object spec: {error}") from error
    except XdpError as error:
        raise XdpError(f"{path}: {error}") from error
