# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where an object comes from, and how to tell whether it is there already without making it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec


class Origin(NamedTuple):
    """Where an object comes from, so that it is made only if the kernel does not have it."""

    #: Digest of what it is made from: source and constants, or the ELF object's file.
    source: str
    #: Digest of the object; ``None`` when it would have to be compiled for that.
    object: str | None
    make: Callable[[], ObjectSpec]
    #: Whether ``make`` runs a compiler, for seconds perhaps, and so not while others wait.
    compiles: bool = False
    #: Whether it may have programs for packets in several fragments; what bcc compiles has none.
    may_have_frags: bool = True

    def is_of(self, source: str, digest: str) -> bool:
        """Whether an object with these digests is the wanted one.

        Another compiler may make other instructions of the same source. That is not
        a reason to compile again. But an object that was given must be this one.
        """
        return self.source == source if self.object is None else self.object == digest

    def made(self) -> Origin:
        """The same with the object in hand."""
        spec = self.make()
        return self._replace(make=lambda: spec, compiles=False)


def of_spec(spec: ObjectSpec) -> Origin:
    """The origin of an object that exists already."""
    # Here, as whoever has a spec has imported this already, and a converged run of xdp_pin has none.
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text

    return Origin(spec.source, spec_text.digest(spec), lambda: spec)


def _empty() -> ObjectSpec:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec

    return ObjectSpec((), ())


#: Of requests that load nothing.
NOTHING = Origin("", None, _empty)
