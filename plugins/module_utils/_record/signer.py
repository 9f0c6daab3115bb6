# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Who signed what a pin set was made from."""

from __future__ import annotations

from typing import Any, NamedTuple


class Signer(NamedTuple):
    """Who signed an object or a source, as the controller has verified it before anything was sent."""

    #: The principal, as the allowed signers name it.
    name: str
    #: Fingerprint of the key: ``SHA256:…``.
    key: str

    def __str__(self) -> str:
        return f"{self.name} with {self.key}"


def signer_of(data: Any) -> Signer | None:
    """From what an action plugin has sent."""
    return Signer(str(data["name"]), str(data["key"])) if data else None


def shown(signer: Signer | None) -> dict[str, str] | None:
    """As modules return it."""
    return signer._asdict() if signer else None
