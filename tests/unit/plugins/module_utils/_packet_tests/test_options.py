# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.options import PacketTest, take
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import TESTS
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS

_DATA = bytes(range(14))


def _element(**options: t.Any) -> dict[str, t.Any]:
    """As Ansible gives it to the module, every option with its default."""
    given = {name: each.get("default") for name, each in TESTS["options"].items()}
    unpack({"tests": [given]})
    return {**given, "_data": base64.b64encode(_DATA).decode(), "verdict": "pass", **options}


def test_tests_as_they_are_asked_for() -> None:
    out = base64.b64encode(b"out").decode()
    asked = take(
        [
            _element(),
            _element(name="all", verdict="tx", _out=out, interface="eth0", queue=2, metadata="01 020304", count=9),
        ]
    )
    assert asked == (
        PacketTest("test 1", _DATA, "pass"),
        PacketTest("all", _DATA, "tx", b"out", "eth0", 2, b"\1\2\3\4", 9),
    )


def test_verdicts_are_those_of_the_options() -> None:
    assert tuple(TESTS["options"]["verdict"]["choices"]) == VERDICTS


@pytest.mark.parametrize(
    ("says", "options"),
    [
        ("tests[0] has no packet", {"_data": None}),
        ("tests[0]: the packet's bytes were damaged", {"_data": "A"}),
        ("tests[0]: a packet of 13 bytes", {"_data": base64.b64encode(bytes(13)).decode()}),
        ("tests[0].count: 0 is not", {"count": 0}),
        ("tests[0].count: 100001 is not", {"count": 100001}),
        ("tests[0].queue: a queue belongs to", {"queue": 0}),
        ("tests[0].queue: -1 is not", {"queue": -1, "interface": "lo"}),
        ("tests[0].queue: 4294967296 is not", {"queue": 1 << 32, "interface": "lo"}),
        ("tests[0].metadata is not pairs", {"metadata": "0"}),
        ("tests[0].metadata: 3 bytes", {"metadata": "000000"}),
        ("tests[0].metadata: 256 bytes", {"metadata": "00" * 256}),
        ("tests[0].out: no packet comes out with the verdict drop", {"verdict": "drop", "_out": "AAAA"}),
    ],
)
def test_what_cannot_be_is_refused(says: str, options: dict[str, t.Any]) -> None:
    with pytest.raises(XdpError) as error:
        take([_element(**options)])
    assert says in str(error.value)


def test_names_differ() -> None:
    with pytest.raises(XdpError, match="two tests are called test 2"):
        take([_element(name="test 2"), _element()])
