# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a trial has in its directory, and that it has a name there for all that its record speaks of."""

from __future__ import annotations

import os

from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.places import Places, process_copy
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._trial.test_trial_record import TRIAL

_PLACES = Places(Layout("/sys/fs/bpf/ansible", "edge"))


def test_it_is_in_a_directory_of_the_set() -> None:
    assert _PLACES.path == "/sys/fs/bpf/ansible/edge/trial"
    assert {_PLACES.record, _PLACES.when, _PLACES.process} == {
        f"{_PLACES.path}/{name}" for name in ("record", "when", "process")
    }


def test_all_that_arming_pins_has_a_name() -> None:
    """What is not among the names is somebody else's, and stays when the trial ends."""
    named = {_PLACES.new(part, name) for part, names in _PLACES.names(TRIAL).items() for name in names}
    assert {_PLACES.new(*pin.split("/")) for pin in TRIAL.pins} <= named
    assert {_PLACES.link(place.name) for place in TRIAL.places} <= named
    assert {_PLACES.guard(number) for number in range(len(TRIAL.places))} <= named
    assert {_PLACES.array(number) for number in range(len(TRIAL.places))} <= named
    assert {_PLACES.old(place.old.program) for place in TRIAL.places if place.old} <= named
    assert all(os.path.dirname(path) in _PLACES.parts.values() for path in named)


def test_a_dot_is_no_name_in_bpffs() -> None:
    assert _PLACES.link("eth0.100").endswith("/links/eth0%2E100")


def test_each_process_has_a_copy_of_its_own() -> None:
    assert process_copy("a") != process_copy("b")
