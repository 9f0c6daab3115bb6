# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values to bytes and back."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.decode import Decoder
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.values import Encoder, WrongValue
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.some_types import Sample, samples
from hypothesis import given
from hypothesis import strategies as st


def typed(sample: Sample) -> tuple[Btf, int]:
    file = BtfFile()
    file.u32()  # so that numbers do not begin with the type's own
    type_id = sample.make(file)
    return Btf(file.blob()), type_id


def written(btf: Btf, type_id: int, value: Any, before: bytes) -> tuple[bytes, bytes]:
    """The bytes, and what is declared."""
    place, mask = bytearray(before), bytearray(len(before))
    Encoder(btf).put(memoryview(place), type_id, value, "x", memoryview(mask))
    return bytes(place), bytes(mask)


@given(samples, st.data())
def test_what_is_written_is_read(sample: Sample, data: st.DataObject) -> None:
    btf, type_id = typed(sample)
    value = data.draw(sample.values)
    before = data.draw(st.binary(min_size=sample.size, max_size=sample.size))
    after, mask = written(btf, type_id, value, before)
    assert Decoder(btf).value(after, type_id) == value
    assert Decoder(btf).reader(type_id)(memoryview(b"???" + after), 3) == value
    # It comes through what Ansible sends.
    assert json.loads(json.dumps(value)) == value
    assert mask == Encoder(btf).mask(type_id)
    # Padding stays.
    assert all((old ^ new) & ~bits == 0 for old, new, bits in zip(before, after, mask))


@given(samples, st.data())
def test_what_is_read_can_be_written(sample: Sample, data: st.DataObject) -> None:
    btf, type_id = typed(sample)
    before = data.draw(st.binary(min_size=sample.size, max_size=sample.size))
    value = Decoder(btf).value(before, type_id)
    json.dumps(value, allow_nan=False)
    try:
        after, mask = written(btf, type_id, value, before)
    except WrongValue as error:
        # A boolean that is neither: it is shown as it is.
        assert str(error).endswith("and has to be from 0 to 1 (8 bits)")
        return
    assert Decoder(btf).value(after, type_id) == value
    assert mask == Encoder(btf).mask(type_id)


def _without(value: Any, data: st.DataObject) -> Any:
    if not isinstance(value, dict):
        return value
    kept = data.draw(st.sets(st.sampled_from(sorted(value))))
    return {name: _without(item, data) for name, item in value.items() if name in kept}


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(new, dict):
        return new
    return {name: _merged(item, new[name]) if name in new else item for name, item in old.items()}


@given(samples, st.data())
def test_what_a_value_leaves_out_stays_and_is_not_declared(sample: Sample, data: st.DataObject) -> None:
    btf, type_id = typed(sample)
    before, _mask = written(btf, type_id, data.draw(sample.values), bytes(sample.size))
    old = Decoder(btf).value(before, type_id)
    some = _without(data.draw(sample.values), data)
    after, mask = written(btf, type_id, some, before)
    assert Decoder(btf).value(after, type_id) == _merged(old, some)
    assert all((one ^ other) & ~bits == 0 for one, other, bits in zip(before, after, mask))
    encoder = Encoder(btf)
    missing = encoder.missing(type_id, mask, "x")
    assert (missing is None) == (mask == encoder.mask(type_id))
