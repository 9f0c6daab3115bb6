# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""An attachment as it will be, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import LinkPin

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_steps import AttachLink, AttachNetlink


class Standing(NamedTuple):
    """An attachment as it will be when the plan is done."""

    #: ``None``, as is the mode, for an interface that has moved to another network namespace.
    interface: str | None
    ifindex: int
    method: str
    path: str | None
    mode: str | None
    #: The step that attaches; its mode is the one that worked.
    step: AttachLink | AttachNetlink | None = None
    #: Packets meet no program for a moment: the kernel cannot change mode or method in one step.
    interrupted: bool = False
    #: Why ``auto`` selects generic mode here; ``None`` in native mode, and for a mode that was asked for.
    why: str | None = None
    #: Another set's attachment becomes this one's, without a moment between them.
    given: bool = False

    def reason(self) -> str | None:
        """``why``, or what the driver answered when native mode was tried."""
        return (self.step.refusal if self.step else None) or self.why

    def warning(self) -> str | None:
        """Of a program that this run attaches: that it is in generic mode, and why; after the run, what came of it."""
        why = self.reason()
        return fell_back(self.interface, why) if self.step and why and self.interface else None

    @classmethod
    def elsewhere(cls, pin: LinkPin) -> Standing:
        """Of a link whose interface has moved to another network namespace; the index is its index there."""
        return cls(None, pin.info.ifindex, "link", pin.path, None)

    def result(self) -> dict[str, Any]:
        """The attachment as modules return it."""
        mode = self.step.mode if self.step else self.mode
        return {
            "interface": self.interface,
            "ifindex": self.ifindex,
            "mode": mode,
            "why": self.reason(),
            "method": self.method,
            "path": self.path,
            "interrupted": self.interrupted,
        }


def fell_back(interface: str, why: str) -> str:
    """The warning for ``mode: auto`` where native mode is not possible."""
    return (
        f"mode: auto selects generic mode on {interface}, which is slower than native mode: {why}. "
        f"Set mode: generic if that is intended, or mode: native to fail instead"
    )
