# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import struct
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _packet_tests
from ansible_collections.ebpf.xdp.plugins.plugin_utils._frames import build
from ansible_collections.ebpf.xdp.plugins.plugin_utils._packet_tests import tests_of as made_of
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils.actions import Action

_UDP = {"ip": {}, "udp": {"dport": 7}}


def _made(*given: t.Any, files: str = "") -> list[dict[str, t.Any]]:
    return made_of(Action(files), list(given))  # type: ignore[arg-type]


def _refusal(*given: t.Any, files: str = "") -> str:
    with pytest.raises(AnsibleActionFail) as caught:
        _made(*given, files=files)
    return str(caught.value)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_packets_become_bytes() -> None:
    given = {"name": "a", "packet": _UDP, "verdict": "drop", "count": 3}
    assert _made(given) == [{"name": "a", "verdict": "drop", "count": 3, "_data": _encoded(build(_UDP))}]
    assert given["packet"] == _UDP
    assert _made({"hex": "00 01", "verdict": "pass"})[0]["_data"] == _encoded(b"\0\1")


def test_an_expected_packet_becomes_bytes() -> None:
    [made] = _made({"hex": "00", "out": {"hex": "ff"}, "verdict": "pass"})
    assert made == {"verdict": "pass", "_data": _encoded(b"\0"), "_out": _encoded(b"\xff")}


def test_a_capture_is_read_here_once(tmp_path: Path) -> None:
    path = tmp_path / "two.pcap"
    frames = b"".join(struct.pack("<IIII", 0, 0, 2, 2) + each for each in (b"ab", b"cd"))
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + frames)
    action = Action(str(tmp_path))
    made = made_of(action, [{"pcap": "two.pcap"}, {"pcap": "two.pcap", "frame": "2"}])  # type: ignore[arg-type]
    assert made == [{"_data": _encoded(b"ab")}, {"_data": _encoded(b"cd")}]
    assert _refusal({"pcap": "two.pcap", "frame": 3}, files=str(tmp_path)).endswith(
        "there is no frame 3. It has 2. Nothing was changed"
    )


def test_a_capture_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_packet_tests, "_LARGEST_CAPTURE", 1 << 20)
    (tmp_path / "large.pcap").write_bytes(bytes((1 << 20) + 1))
    assert "larger than 1 MiB" in _refusal({"pcap": "large.pcap"}, files=str(tmp_path))


@pytest.mark.parametrize(
    ("says", "given"),
    [
        ("tests is not a list of dictionaries", 5),
        ("tests[0]: there is no packet", {}),
        ("tests[0]: packet and hex are given", {"packet": _UDP, "hex": "00"}),
        ("tests[0].frame: a number of a frame goes with pcap", {"hex": "00", "frame": 1}),
        ("tests[0].frame: 0 is not the number", {"pcap": "x", "frame": 0}),
        ("tests[0].frame: True is not the number", {"pcap": "x", "frame": True}),
        ("tests[0].frame: 1.5 is not the number", {"pcap": "x", "frame": "1.5"}),
        ("Unsupported parameters: tests[0]._data", {"hex": "00", "_data": "AA=="}),
        ("tests[0].packet.udp.dport is missing", {"packet": {"ip": {}, "udp": {}}}),
        ("tests[0].out: 'same' is not a dictionary", {"hex": "00", "out": "same"}),
        ("tests[0].out: there is no packet", {"hex": "00", "out": {}}),
        ("tests[0].out: unknown: verdict", {"hex": "00", "out": {"hex": "00", "verdict": "pass"}}),
    ],
)
def test_what_cannot_be_is_refused(says: str, given: t.Any) -> None:
    refused = _refusal(given)
    assert says in refused
    assert refused.endswith("Nothing was changed")
    assert refused.count("Nothing was changed") == 1


def test_a_capture_that_is_not_there(tmp_path: Path) -> None:
    refused = _refusal({"pcap": "nosuch.pcap"}, files=str(tmp_path))
    assert "nosuch.pcap" in refused
    assert refused.count("Nothing was changed") == 1
    (tmp_path / "directory").mkdir()
    assert "is not a file" in _refusal({"pcap": "directory"}, files=str(tmp_path))
