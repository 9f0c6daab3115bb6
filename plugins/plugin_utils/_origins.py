# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task gives as program, found and read on the controller: a C source, an ELF object or an object spec.

ELF objects become object specs here, wherever the file is: so a host never has
to read one, and gets no more than what it loads.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.validation import check_type_bool, check_type_dict
from ansible.parsing.vault import is_encrypted
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils._answers import out_of_memory
from ansible_collections.ebpf.xdp.plugins.module_utils._elf import container
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files as sources
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_options import set_map_options
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.plugin_utils._file_kind import kind

#: The collection's own programs. Here rather than in bpf/, which is a link, so that plugins need nothing beside them.
_PROGRAMS = os.path.join(os.path.dirname(__file__), "programs")

_CHECKSUM = "sha256:"

#: Bytes of a file. An object with all of its debug information has some MiB, and variables of 32 MiB at most.
_LARGEST = 64 << 20

_EXPECTED = "src is a C source for bcc, an ELF object for BPF, or a file written by xdp_compile"


class OriginReader:
    """Turns the options ``src``, ``object``, ``constants``, ``map_options`` and ``checksum`` of a task into what its module takes."""

    def __init__(self, action: ActionBase, task_vars: dict[str, t.Any]) -> None:
        self._action = action
        self._task_vars = task_vars

    def read(self, arguments: dict[str, t.Any]) -> ObjectSpec | None:
        """The object spec; or ``None`` for a C source, of which ``arguments`` then have what the module needs.

        Takes out of ``arguments`` what is done with here.
        """
        try:
            return self._read(arguments)
        except XdpError as error:
            raise AnsibleActionFail(str(error)) from None  # a cause would be said once more
        except MemoryError:
            raise AnsibleActionFail(f"While reading the object on the controller: {out_of_memory()}") from None

    def _read(self, arguments: dict[str, t.Any]) -> ObjectSpec | None:
        given = arguments.pop("object", None)
        constants = _dictionary("constants", arguments.pop("constants", None))
        map_options = _dictionary("map_options", arguments.pop("map_options", None))
        checksum = arguments.pop("checksum", None)
        src = arguments.get("src")
        if given is not None and src is not None:
            raise XdpError("src and object are both given. Give the one that is to be loaded")
        if given is not None:
            spec = spec_text.from_json(_dictionary("object", given))
            _check("The object", checksum, spec_text.digest(spec))
        elif src is not None:
            found = self._from_file(str(src), arguments, constants, checksum)
            if found is None:
                if map_options:
                    arguments["map_options"] = map_options  # set by the module, once it has compiled
                return None
            spec = found
        else:
            return None  # the module says what is missing
        if arguments.get("defines"):
            raise XdpError(
                "defines are for C sources, and this is an object. Its read-only variables are set by constants"
            )
        return set_map_options(set_constants(spec, constants), map_options)

    def _from_file(
        self, src: str, arguments: dict[str, t.Any], constants: dict[str, t.Any], checksum: t.Any
    ) -> ObjectSpec | None:
        try:
            remote = check_type_bool(arguments.get("remote_src") or False)
        except TypeError as error:
            raise XdpError(f"remote_src: {error}") from error
        path = src if remote else self._find(src)
        data = self._fetch(src) if remote else self._bytes(path)
        is_elf = data.startswith(container.MAGIC)
        if is_elf or spec_text.looks_like_spec(data):
            _check(path, checksum, hashlib.sha256(data).hexdigest())
            return read_object(path, data) if is_elf else spec_text.from_text(path, data)
        what = kind(data)
        if what:
            raise XdpError(f"{path} is {what}. {_EXPECTED}")
        for option, value in (("constants", constants), ("checksum", checksum)):
            if value:
                raise XdpError(
                    f"{option}: {path} is a C source, and this is for objects. "
                    f"For a source there are defines, and xdp_compile makes an object of it"
                )
        if remote:
            arguments["_headers"] = own_headers()
        else:
            finder = sources.header_finder(own_headers(), _header)
            arguments["_text"] = sources.flatten(path, sources.decode(path, data), finder).text
        return None

    def _find(self, src: str) -> str:
        """As ``copy`` finds its ``src``, then among the collection's own programs."""
        own = os.path.join(_PROGRAMS, src)
        try:
            found = self._action._find_needle("files", src)
        except AnsibleError as error:
            if os.path.basename(src) != src or not os.path.isfile(own):
                # Ansible's own text ends without a full stop.
                said = str(error).rstrip(" .")
                raise AnsibleActionFail(f"{said}. The collection's own programs are: {', '.join(_own('.c'))}") from None
            found = own
        if not os.path.isfile(found):
            raise XdpError(f"The source {found} is not a file")
        return t.cast(str, found)

    def _bytes(self, path: str) -> bytes:
        """Through the loader, so that files under ansible-vault work as with ``copy``."""
        real = self._action._loader.get_real_file(path)
        try:
            with open(real, "rb") as file:
                data = file.read(_LARGEST + 1)
            _check_size(path, len(data))
            return data
        finally:
            self._action._loader.cleanup_tmp_file(real)

    def _fetch(self, path: str) -> bytes:
        """A file of the host, which is looked at first: slurp reads whatever it is, and all of it."""
        found = self._ask("ansible.builtin.stat", {"path": path, "follow": True, "get_checksum": False}, path)["stat"]
        if found.get("exists") and not found.get("isreg"):
            raise XdpError(f"The source {path} is not a file")
        _check_size(path, found.get("size", 0))
        return base64.b64decode(self._ask("ansible.builtin.slurp", {"src": path}, path)["content"])

    def _ask(self, module: str, arguments: dict[str, t.Any], path: str) -> dict[str, t.Any]:
        """What a module of Ansible's own answers about a file of the host."""
        answer = self._action._execute_module(module_name=module, module_args=arguments, task_vars=self._task_vars)
        if answer.get("failed") or not ("content" in answer or "stat" in answer):
            raise XdpError(f"Cannot read the source {path}: {answer.get('msg', 'no answer')}")
        return t.cast("dict[str, t.Any]", answer)


def _check_size(path: str, size: int) -> None:
    """Refuse what is larger than anything that could be meant; ``size`` in bytes, which may be known up to that only."""
    if size > _LARGEST:
        raise XdpError(f"{path} is larger than {_LARGEST >> 20} MiB. {_EXPECTED}")


def own_arguments(action: ActionBase, module: str) -> dict[str, t.Any]:
    """The task's arguments, none of which may be of those that action plugins add."""
    arguments = dict(action._task.args)
    reserved = sorted(name for name in arguments if str(name).startswith("_"))
    if reserved:
        raise AnsibleActionFail(f"Unsupported parameters for {module}: {', '.join(reserved)}")
    return arguments


def _header(path: str) -> str:
    """The text of a header, of which the source alone says where it is."""
    text = sources.read(path)
    if is_encrypted(text):
        raise XdpError(
            f"The header {path} is under ansible-vault. Only what the task names as src is decrypted, "
            f"as a source could have any secret sent to the hosts by naming it"
        )
    return text


def own_headers() -> dict[str, str]:
    """The headers that come with the collection, by name."""
    return {name: sources.read(os.path.join(_PROGRAMS, name)) for name in _own(".h")}


def _own(suffix: str) -> list[str]:
    """Files of the collection's own programs; none where an installation left them out."""
    return sorted(name for name in os.listdir(_PROGRAMS) if name.endswith(suffix)) if os.path.isdir(_PROGRAMS) else []


def _dictionary(option: str, value: t.Any) -> dict[str, t.Any]:
    try:
        return t.cast("dict[str, t.Any]", check_type_dict(value)) if value is not None else {}
    except TypeError as error:
        raise XdpError(f"{option}: {error}") from error


def _check(what: str, checksum: t.Any, actual: str) -> None:
    """Refuse what is not what was reviewed; ``actual`` is 64 hexadecimal digits."""
    if checksum is None:
        return
    wanted = str(checksum).strip().lower()
    digits = wanted[len(_CHECKSUM) :]
    if not wanted.startswith(_CHECKSUM) or len(digits) != len(actual) or set(digits) - set("0123456789abcdef"):
        raise XdpError(f"checksum: {checksum} is not sha256: and 64 hexadecimal digits, as sha256sum prints them")
    if not hmac.compare_digest(digits, actual):
        raise XdpError(f"checksum: {what} has sha256:{actual}, and sha256:{digits} was asked for. Nothing was changed")
