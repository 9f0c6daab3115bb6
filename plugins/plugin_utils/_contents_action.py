# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The controller's part of maps' contents: entries and files are read and packed here, and travel if the host lacks them."""

from __future__ import annotations

import base64
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.validation import check_type_bool
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal
from ansible_collections.ebpf.xdp.plugins.module_utils._answers import out_of_memory
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import options, pack
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import Declared
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.read_file import FORMATS, read_file
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._located import located

#: Bytes of a packed table that travels in the arguments. Of a larger one the digest goes first.
_LARGEST_INLINE = 64 << 10


class Contents:
    """What a task declares of maps' contents, on its way to the module."""

    def __init__(self, action: ActionBase) -> None:
        self._action = action
        #: Those that the module gets when it asks: packed tables, and the options that name them, by digest.
        self._apart: dict[str, tuple[bytes, list[dict[str, t.Any]]]] = {}
        #: Where rows come from, by the map's name.
        self._declared: dict[str, Declared] = {}

    def list_of(self, given: t.Any) -> list[dict[str, t.Any]]:
        """The option ``contents`` as the module takes it."""
        if not isinstance(given, (list, tuple)) or not all(isinstance(each, t.Mapping) for each in given):
            raise AnsibleActionFail(
                "contents is not a list of dictionaries. Each has map, and entries or src. Nothing was changed"
            )
        return [self.element(each, f"contents[{place}].") for place, each in enumerate(given)]

    def element(self, given: t.Mapping[str, t.Any], within: str = "") -> dict[str, t.Any]:
        """One element of it, or the options of xdp_map, as the module takes them; ``within`` says where they are."""
        taken = {str(name): value for name, value in given.items()}
        reserved = sorted(name for name in taken if _internal.is_reserved(name))
        if reserved:
            raise AnsibleActionFail(f"Unsupported parameters: {', '.join(within + name for name in reserved)}")
        try:
            declared = self._read(taken, within)
        except XdpError as error:
            raise AnsibleActionFail(str(error)) from None  # a cause would be said once more
        except MemoryError:
            raise AnsibleActionFail(
                f"While reading the entries on the controller: {out_of_memory()}"
            ) from None  # as above
        if declared is not None:
            self._declared[str(taken.get("map"))] = declared
            taken["_packed"] = self.packed(pack.pack(declared.table))
        return taken

    def packed(self, packed: bytes) -> dict[str, t.Any]:
        """The option ``_packed`` for this table, which goes apart where it is long."""
        digest = pack.digest(packed)
        option: dict[str, t.Any] = {"digest": digest}
        if len(packed) <= _LARGEST_INLINE:
            option["data"] = base64.b64encode(packed).decode()
        else:
            self._apart.setdefault(digest, (packed, []))[1].append(option)
        return option

    def _read(self, taken: dict[str, t.Any], within: str) -> Declared | None:
        """The declared entries, which are taken out of the options; ``None`` where there are none, or the host has them."""
        entries, src = taken.pop("entries", None), taken.get("src")
        if entries is not None and src is not None:
            raise XdpError(f"{within}entries and {within}src are both given. Give one of them. Nothing was changed")
        if entries is not None:
            if not isinstance(entries, (list, tuple)):
                raise XdpError(
                    f"{within}entries is not a list. Each entry is a dictionary with key and value, as the filter dict2items "
                    f"makes them. Nothing was changed"
                )
            return options.declared(entries, within)
        if src is None or _boolean(f"{within}remote_src", taken.get("remote_src")):
            return None
        chosen = taken.get("format")
        if chosen is not None and chosen not in FORMATS:
            return None  # the module refuses it
        path = located(self._action, f"{within}src", str(src))
        real = self._action._loader.get_real_file(path)
        try:
            return read_file(real, chosen and str(chosen), path)
        finally:
            self._action._loader.cleanup_tmp_file(real)

    def send(self, digests: t.Iterable[str] | None = None) -> bool:
        """Send packed tables to the host, by default all that are not in the arguments; whether there were any."""
        some = [digest for digest in (self._apart if digests is None else digests) if digest in self._apart]
        if not some:
            return False
        shell = self._action._connection._shell
        if shell.tmpdir is None:
            self._action._make_tmp_path()
        sent = []
        for digest in some:
            packed, named = self._apart.pop(digest)
            sent.append(shell.join_path(shell.tmpdir, f"{digest}.packed"))
            self._action._transfer_data(sent[-1], packed)
            for each in named:
                each["path"] = sent[-1]
        self._action._fixup_perms2([shell.tmpdir, *sent])
        return True

    def explained(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """The module's result, with the place of an entry before an error about it: the host knows only sorted rows."""
        wrong = result.pop("_entry", None)
        if not isinstance(wrong, dict):
            return result
        # Of xdp_map, which may name the map by its path, there is but one.
        declared = self._declared.get(str(wrong.get("map"))) or next(iter(self._declared.values()), None)
        try:
            number = declared.numbers[wrong["block"]][wrong["row"]] if declared is not None else None
        except (LookupError, TypeError):  # from a host, which may answer anything
            number = None
        if declared is not None and number is not None:
            result["msg"] = f"{declared.places.of(number)}: {result.get('msg', '')}"
            # Since ansible-core 2.19, this has the message from before, and is what a failed task shows first.
            result.pop("exception", None)
        return result


def _boolean(option: str, value: t.Any) -> bool:
    try:
        return t.cast(bool, check_type_bool(value)) if value is not None else False
    except TypeError as error:
        raise XdpError(f"{option}: {error}") from error
