# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Another map in the place of one that a program uses: the same object is loaded over it, from what is kept on the host."""

from __future__ import annotations

from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import saved
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts, Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._fill.map_contents import MapOutcome
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept import Header
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import Origin
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.present import ensure_present


def replace(pin_root: str, name: str, wanted: Wanted, directory: str, check_mode: bool) -> MapOutcome:
    """Make the contents of a set's map what is wanted, by a new map that is filled before the programs switch to it.

    A map whose contents are right stays. ``directory`` is that of the kept sets.
    """
    header = _kept(pin_root, name, directory)
    request = Request(
        name=name,
        pin_root=pin_root,
        scope="all",
        origin=Origin(header.source, header.object, lambda: saved.read(directory, name).object),
        program=header.program,
        mode=header.mode,
        attach=header.attach,
        signer=header.signer,
        reuse_maps=header.reuse_maps,
        helpers=header.helpers,
        contents=(wanted,),
    )
    outcome = ensure_present(request, check_mode)
    found = next(each for each in outcome.maps if each["name"] == wanted.map)
    return MapOutcome(
        outcome.changed,
        outcome.before,
        outcome.after,
        Counts(**outcome.contents[0]["counts"]),
        found["id"],
        found["type"],
        found["max_entries"],
        tuple(outcome.told(name)),
        outcome.contents[0]["copied_values"],
        tuple(outcome.contents[0]["awaited"]),
    )


def _kept(pin_root: str, name: str, directory: str) -> Header:
    """What is kept of the set, which has to be what it runs."""
    header = kept.header(directory, name)
    if header is None or not header.is_for(pin_root):
        raise XdpError(
            f"atomic: true loads the program once more, over a new map, and no object of the pin set {name} is kept in "
            f"{directory}. Keep it with xdp_boot, declare the contents in the task of xdp_pin, or leave atomic out. "
            f"Nothing was changed"
        )
    with ExitStack() as held:
        held.enter_context(bpffs.entered(bpffs.require(pin_root), None))
        in_force = Observed(Layout(pin_root, name), held).in_force()
    found = kept.differences(header, in_force)
    if found:
        told = "; ".join(f"{each.what}: {each.kept or 'none'}, in force is {each.in_force or 'none'}" for each in found)
        raise XdpError(
            f"atomic: true loads the program once more, over a new map, and what {directory} keeps of the pin set {name} "
            f"is not what runs ({told}). Deploy the set with the role xdp_program or xdp_pin and xdp_boot, or leave atomic "
            f"out. Nothing was changed"
        )
    return header
