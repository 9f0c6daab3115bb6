# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The controller's part of packet tests: packets become bytes here, and captures never leave the controller."""

from __future__ import annotations

import base64
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _frames, _pcap
from ansible_collections.ebpf.xdp.plugins.plugin_utils._located import located

#: Bytes of a capture.
_LARGEST_CAPTURE = 64 << 20

#: Some errors end so already.
_END = ". Nothing was changed"

#: The ways to give a packet, of which each test has one.
_WAYS = ("packet", "hex", "pcap")


def tests_of(action: ActionBase, given: t.Any) -> list[dict[str, t.Any]]:
    """The option ``tests`` as the module takes it."""
    if not isinstance(given, (list, tuple)) or not all(isinstance(each, t.Mapping) for each in given):
        raise AnsibleActionFail(
            "tests is not a list of dictionaries. Each has verdict, and one of packet, hex and pcap. Nothing was changed"
        )
    captures = _Captures(action)
    try:
        return [_test(captures, each, f"tests[{place}]") for place, each in enumerate(given)]
    except XdpError as error:
        raise AnsibleActionFail(str(error).removesuffix(_END) + _END) from None  # a cause would be said once more


def _test(captures: _Captures, given: t.Mapping[str, t.Any], within: str) -> dict[str, t.Any]:
    taken = {str(name): value for name, value in given.items()}
    reserved = sorted(name for name in taken if _internal.is_reserved(name))
    if reserved:
        raise XdpError(f"Unsupported parameters: {', '.join(f'{within}.{name}' for name in reserved)}")
    taken["_data"] = _encoded(_packet(captures, taken, within))
    out = taken.pop("out", None)
    if out is not None:
        if not isinstance(out, t.Mapping):
            raise XdpError(f"{within}.out: {short(out)!r} is not a dictionary with packet, hex or pcap")
        expected = {str(name): value for name, value in out.items()}
        taken["_out"] = _encoded(_packet(captures, expected, f"{within}.out"))
        unknown = sorted(expected)
        if unknown:
            raise XdpError(f"{within}.out: unknown: {short(', '.join(unknown))}. It has one of packet, hex and pcap")
    return taken


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _packet(captures: _Captures, taken: dict[str, t.Any], within: str) -> bytes:
    """The bytes of a packet, whose options are taken out."""
    values = {name: taken.pop(name, None) for name in _WAYS}
    number = taken.pop("frame", None)
    named = [name for name, value in values.items() if value is not None]
    if not named:
        raise XdpError(f"{within}: there is no packet. Give one of packet, hex and pcap")
    if len(named) > 1:
        raise XdpError(f"{within}: {' and '.join(named)} are given. Give one of packet, hex and pcap")
    if number is not None and named != ["pcap"]:
        raise XdpError(f"{within}.frame: a number of a frame goes with pcap")
    if named == ["packet"]:
        return _frames.build(values["packet"], f"{within}.packet")
    if named == ["hex"]:
        return _frames.from_hex(f"{within}.hex", values["hex"])
    return captures.frame(f"{within}.pcap", str(values["pcap"]), _number(1 if number is None else number, within))


def _number(value: t.Any, within: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < 1 << 32:
        raise XdpError(f"{within}.frame: {short(value)} is not the number of a frame. The first one is 1")
    return int(text)


class _Captures:
    """Files of the controller, each read once."""

    def __init__(self, action: ActionBase) -> None:
        self._action = action
        self._read: dict[str, bytes] = {}

    def frame(self, option: str, name: str, number: int) -> bytes:
        path = located(self._action, option, name)
        if path not in self._read:
            real = self._action._loader.get_real_file(path)
            try:
                with open(real, "rb") as file:
                    self._read[path] = file.read(_LARGEST_CAPTURE + 1)
            except OSError as error:
                raise XdpError(f"{option}: cannot read {path}: {error.strerror}") from error
            finally:
                self._action._loader.cleanup_tmp_file(real)
        if len(self._read[path]) > _LARGEST_CAPTURE:
            raise XdpError(f"{option}: {path} is larger than {_LARGEST_CAPTURE >> 20} MiB")
        return _pcap.frame(self._read[path], number, f"{option}: {path}")
