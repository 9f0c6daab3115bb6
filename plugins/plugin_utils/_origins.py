# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

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
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal
from ansible_collections.ebpf.xdp.plugins.module_utils._answers import out_of_memory
from ansible_collections.ebpf.xdp.plugins.module_utils._elf import container
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files as sources
from ansible_collections.ebpf.xdp.plugins.module_utils._source.libbpf_source import COMPILERS, compiler_for
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _signatures
from ansible_collections.ebpf.xdp.plugins.plugin_utils._file_kind import kind
from ansible_collections.ebpf.xdp.plugins.plugin_utils._given import is_given
from ansible_collections.ebpf.xdp.plugins.plugin_utils._located import located
from ansible_collections.ebpf.xdp.plugins.plugin_utils._values import with_values

if t.TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter_origin import Filter

#: The collection's own programs. Here rather than in bpf/, which is a link, so that plugins need nothing beside them.
_PROGRAMS = os.path.join(os.path.dirname(__file__), "programs")

_CHECKSUM = "sha256:"

#: Bytes of a file. An object with all of its debug information has some MiB, and variables of 32 MiB at most.
_LARGEST = 64 << 20

#: Of a file about signatures: lists of revoked keys are the longest.
_LARGEST_OF_TRUST = 16 << 20

#: A filter has a program of its own, which comes with the collection.
_NOT_OF_FILTERS = (
    *("src", "object", "remote_src", "compiler", "defines", "constants", "map_options", "checksum"),
    *("signature", "allowed_signers", "signer", "revoked_keys"),
)

_EXPECTED = "src is a C source for bcc or clang, an ELF object for BPF, or a file written by xdp_compile"


class OriginReader:
    """Turns the options ``src``, ``object``, ``constants``, ``map_options`` and ``checksum`` of a task into what its module takes."""

    def __init__(self, action: ActionBase, task_vars: dict[str, t.Any]) -> None:
        self._action = action
        self._task_vars = task_vars
        #: Headers of a C source that stay here until the module asks for them: paths by name.
        self.apart: dict[str, str] = {}
        #: The filters that were read, by the name that each has in a chain; ``None`` for one that is alone.
        self.filters: dict[str | None, Filter] = {}
        #: Whose signature the origin has, once it was read.
        self._signed: Signer | None = None

    def read(self, arguments: dict[str, t.Any]) -> ObjectSpec | None:
        """The object spec; or ``None`` for a C source, of which ``arguments`` then have what the module needs.

        Takes out of ``arguments`` what is done with here.
        """
        try:
            if arguments.get("chain") is not None:
                # Imported here, as most tasks have none.
                from ansible_collections.ebpf.xdp.plugins.plugin_utils._chain import read_chain

                return read_chain(arguments, self._read_one)
            return self._read_one(arguments)
        except XdpError as error:
            raise AnsibleActionFail(str(error)) from None  # a cause would be said once more
        except MemoryError:
            raise AnsibleActionFail(
                f"While reading the object on the controller: {out_of_memory()}"
            ) from None  # as above

    def _read_one(self, arguments: dict[str, t.Any]) -> ObjectSpec | None:
        """Of a task, or of a member of a chain."""
        if arguments.get("count_verdicts") is not None:
            raise XdpError(
                "count_verdicts is for chains, and there is no chain. Remove it, or give chain. Nothing was changed"
            )
        if arguments.get("filter") is not None:
            for option in _NOT_OF_FILTERS:
                if is_given(option, arguments.get(option)):
                    raise XdpError(f"filter and {option} are both given. Give filter alone. Nothing was changed")
        trust = self._trust(arguments)
        spec = self._read(arguments, trust)
        if self._signed is not None:
            arguments["_signer"] = self._signed._asdict()
            self._signed = None
        return spec

    def sign(self, data: bytes, key: str) -> str:
        """The armoured signature of ``data`` by the key in a file of the controller, which may be under ansible-vault."""
        try:
            path = located(self._action, "signing_key", key)
            real = self._action._loader.get_real_file(path)
            try:
                return _signatures.sign(data, real, path)
            finally:
                self._action._loader.cleanup_tmp_file(real)
        except XdpError as error:
            raise AnsibleActionFail(str(error)) from None  # as above

    def _trust(self, arguments: dict[str, t.Any]) -> _signatures.Trust | None:
        """What the task says of a signature, which is taken out of ``arguments``; ``None`` where it says nothing."""
        signature, allowed, signer, revoked = (
            arguments.pop(option, None) for option in ("signature", "allowed_signers", "signer", "revoked_keys")
        )
        if signature is None and allowed is None and signer is None and revoked is None:
            return None
        if signature is None or allowed is None:
            missing = "signature" if signature is None else "allowed_signers"
            raise XdpError(
                f"{missing} is missing. A signature is verified against allowed_signers: give both, or none of "
                f"signature, allowed_signers, signer and revoked_keys. Nothing was changed"
            )
        text = str(signature)
        as_text = text.lstrip().startswith(_signatures.ARMOUR)
        return _signatures.Trust(
            (text.strip() + "\n").encode(errors="replace") if as_text else self._content("signature", text),
            "the given one" if as_text else text,
            self._content("allowed_signers", str(allowed)),
            None if signer is None else str(signer),
            None if revoked is None else self._content("revoked_keys", str(revoked)),
        )

    def _content(self, option: str, name: str) -> bytes:
        """A file of the controller about signatures."""
        path = located(self._action, option, name)
        data = self._read_file(path, _LARGEST_OF_TRUST)
        if len(data) > _LARGEST_OF_TRUST:
            raise XdpError(f"{option}: {path} is larger than {_LARGEST_OF_TRUST >> 20} MiB. Nothing was changed")
        return data

    def _verify(self, what: str, data: bytes, trust: _signatures.Trust | None) -> None:
        if trust is not None:
            self._signed = _signatures.verify(what, data, trust)

    def _read(self, arguments: dict[str, t.Any], trust: _signatures.Trust | None) -> ObjectSpec | None:
        rules = arguments.pop("filter", None)
        if rules is not None:
            return self._read_filter(arguments, _dictionary("filter", rules))
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
            self._verify("the object", spec_text.to_text(spec).encode(), trust)
        elif src is not None:
            found = self._from_file(str(src), arguments, checksum, trust)
            if found is None:
                if constants:
                    arguments["constants"] = constants  # set by the module, once it has compiled
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
        return with_values(spec, constants, map_options)

    def _read_filter(self, arguments: dict[str, t.Any], rules: dict[str, t.Any]) -> ObjectSpec:
        """Of a task, or of a member of a chain, which has a name then."""
        # Imported here, as most tasks have none.
        from ansible_collections.ebpf.xdp.plugins.plugin_utils import _filter_origin

        place = arguments.get("_place")
        drops_first = None if place is None else place == 0 and "drop" not in (arguments.get("proceed_on") or ())
        found = _filter_origin.read(self._action, rules, drops_first)
        self.filters[None if place is None else arguments["name"]] = found
        if arguments.get("program") is None:
            arguments["program"] = _filter_origin.PROGRAM
            if place is None:
                arguments["_program_with_frags"] = _filter_origin.PROGRAM_WITH_FRAGS
        return found.spec

    def _from_file(
        self, src: str, arguments: dict[str, t.Any], checksum: t.Any, trust: _signatures.Trust | None
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
            self._verify(path, data, trust)
            return read_object(path, data) if is_elf else spec_text.from_text(path, data)
        what = kind(data)
        if what:
            raise XdpError(f"{path} is {what}. {_EXPECTED}")
        if checksum:
            raise XdpError(
                f"checksum: {path} is a C source, and this is for objects: a source's headers and compiler count as well. "
                f"Make an object of it with xdp_compile"
            )
        if remote:
            if trust is not None:
                raise XdpError(
                    f"signature: {path} is a C source on the host, which also takes its headers from there. "
                    f"Keep the source on the controller, or compile it into an object there. Nothing was changed"
                )
            arguments["_headers"] = own_headers()
        else:
            finder = sources.header_finder(own_headers(), _header)
            source = sources.flatten(path, sources.decode(path, data), finder)
            wanted = str(arguments.get("compiler") or "auto")
            if wanted in COMPILERS:  # the module refuses any other
                arguments["compiler"] = compiler_for(path, sources.without_comments(source.text), wanted)
            apart = {header.name: header.digest for header in source.headers}
            self._verify(f"{path} with its headers in place", source_bytes(source.text, apart), trust)
            arguments["_text"] = source.text
            if apart:
                arguments["_apart"] = apart
                for header in source.headers:
                    if self.apart.setdefault(header.name, header.path) != header.path:
                        raise XdpError(
                            f"{path} includes {header.path}, and another member of the chain {self.apart[header.name]}: both are "
                            f"called {header.name}. Let them include the same, or compile one of them into an object before"
                        )
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
                raise AnsibleActionFail(
                    f"{said}. The collection's own programs are: {', '.join(_own('.c'))}"
                ) from None  # as above
            found = own
        if not os.path.isfile(found):
            raise XdpError(f"The source {found} is not a file")
        return t.cast(str, found)

    def _bytes(self, path: str) -> bytes:
        """Through the loader, so that files under ansible-vault work as with ``copy``."""
        data = self._read_file(path, _LARGEST)
        _check_size(path, len(data))
        return data

    def _read_file(self, path: str, largest: int) -> bytes:
        """At most one byte more than ``largest``."""
        real = self._action._loader.get_real_file(path)
        try:
            with open(real, "rb") as file:
                return file.read(largest + 1)
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


def source_bytes(text: str, apart: dict[str, str]) -> bytes:
    """What a signature of a C source is of: the text that travels, with headers in place.

    Headers that are too large for that, such as vmlinux.h, are named at its end with the digests in ``apart``.
    """
    named = "".join(f"// {name} sha256:{digest}\n" for name, digest in sorted(apart.items()))
    return (text + named).encode(errors="surrogateescape")


def own_arguments(action: ActionBase, module: str) -> dict[str, t.Any]:
    """The task's arguments, none of which may be of those that action plugins add."""
    arguments = dict(action._task.args)
    reserved = sorted(name for name in arguments if _internal.is_reserved(name))
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
