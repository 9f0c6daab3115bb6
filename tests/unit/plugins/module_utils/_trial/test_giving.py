# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Marks and records are symbolic links, which any file system has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links, record_write
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import giving
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import KERNEL, Place, Side, Trial

_OLD = Record(links={"eth0": 7, "eth1": 8, "eth2": 9}, interfaces=("eth0", "eth1", "eth2"))


@pytest.fixture(name="sets")
def _sets(tmp_path: Path) -> tuple[Layout, Layout]:
    """The one that gives, and the one that is to have."""
    for name in ("edge", "border"):
        (tmp_path / name).mkdir()
    giver, taker = (Layout(str(tmp_path), name) for name in ("edge", "border"))
    record_write.write(giver.record, _OLD.to_text())
    return giver, taker


def _trial(**places: str) -> Trial:
    side = Side(3, "native", "link")
    found = tuple(Place(name, 2, side, side, 4, _OLD.links[name], giver) for name, giver in places.items())
    new = Record(interfaces=tuple(places)).to_text()
    return Trial("5f", 30, KERNEL, None, "0b", None, new, found, {}, {}, givers=("edge",))


def _record(layout: Layout) -> Record:
    found = records.known(record_links.read(layout.record), layout.record)
    assert found is not None
    return found


def test_a_mark_is_made_and_undone(sets: tuple[Layout, Layout]) -> None:
    giver, taker = sets
    mark = giving.Mark(giver, "border")
    assert not mark.is_done() and giving.taker_of(giver) is None
    mark.do()
    marked = giving.taker_of(giver)
    assert mark.is_done() and marked is not None and marked.path == taker.path
    with pytest.raises(KernelError, match="giving"):
        giving.Mark(giver, "border").do()
    mark.undo()
    assert not mark.is_done()
    giving.let_go(giver)  # of what is not marked


def test_what_is_no_name_of_a_set_is_no_mark(sets: tuple[Layout, Layout]) -> None:
    giver, _taker = sets
    os.symlink("../elsewhere", os.path.join(giver.path, "giving"))
    assert giving.taker_of(giver) is None


@pytest.mark.parametrize("confirmed", [True, False])
def test_records_change_when_it_is_confirmed(sets: tuple[Layout, Layout], confirmed: bool) -> None:
    giver, taker = sets
    giving.Mark(giver, "border").do()
    giving.end(taker, _trial(eth0="edge"), confirmed)
    assert giving.taker_of(giver) is None
    after = _record(giver)
    assert after.interfaces == (("eth1", "eth2") if confirmed else _OLD.interfaces)
    assert after.links == ({"eth1": 8, "eth2": 9} if confirmed else _OLD.links)
    giving.end(taker, _trial(eth0="edge"), confirmed)  # once more, as after a kill
    assert _record(giver) == after


def test_the_mark_of_another_one_stays(sets: tuple[Layout, Layout]) -> None:
    giver, taker = sets
    giving.Mark(giver, "third").do()
    giving.end(taker, _trial(eth0="edge"), False)
    assert giving.taker_of(giver) is not None


def test_a_set_that_is_gone_has_nothing_to_forget(sets: tuple[Layout, Layout]) -> None:
    giver, taker = sets
    record_write.remove(giver.record)
    giving.end(taker, _trial(eth0="edge"), True)
    assert record_links.read(giver.record) is None
