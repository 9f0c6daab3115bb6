# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where a trial is: in the directory ``trial`` of its pin set, which goes with it.

Until a trial is confirmed the set's own directories and its record are as before, and speak of what was there before.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import TRIAL, Layout, link_name

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import Trial


def process_copy(trial_id: str) -> str:
    """Where the process of a trial has a copy of its code, if it has one (process.py)."""
    return f"/run/ebpf-xdp-trial-{trial_id}.zip"


class Places:
    """The paths of one trial. In ``maps``, ``programs`` and ``links`` is what the set is to have, under its names there."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.path = os.path.join(layout.path, TRIAL)
        self.record = os.path.join(self.path, "record")
        self.when = os.path.join(self.path, "when")
        #: A symbolic link to the id of the process that ends the trial, where there is one.
        self.process = os.path.join(self.path, "process")
        self.parts = {part: os.path.join(self.path, part) for part in ("maps", "programs", "links", "guards")}

    def names(self, trial: Trial) -> dict[str, list[str]]:
        """The names that a trial may have in each of these directories."""
        names: dict[str, list[str]] = {part: [] for part in self.parts}
        for pin in trial.pins:
            part, _slash, name = pin.partition("/")
            names[part].append(name)
        names["links"] = [link_name(place.name) for place in trial.places]
        for number, place in enumerate(trial.places):
            names["guards"] += [f"guard{number}", f"array{number}"]
            names["guards"] += [f"old{place.old.program}"] if place.old is not None else []
        return names

    def new(self, part: str, name: str) -> str:
        """The pin of what will be ``name`` in the set's directory ``part``."""
        return os.path.join(self.parts[part], name)

    def link(self, interface: str) -> str:
        """The pin of the interface's new link."""
        return os.path.join(self.parts["links"], link_name(interface))

    def guard(self, number: int) -> str:
        """The pin of the guard of the trial's place with this number."""
        return os.path.join(self.parts["guards"], f"guard{number}")

    def array(self, number: int) -> str:
        """The pin of that guard's program array."""
        return os.path.join(self.parts["guards"], f"array{number}")

    def old(self, program_id: int) -> str:
        """Of a program that somebody else attached, and that has no other pin of ours."""
        return os.path.join(self.parts["guards"], f"old{program_id}")
