# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the options of a module ask to be loaded, known without making it.

A converged run has nothing to make. So what makes an object is imported only
then: on the hosts Python compiles every module anew in every task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ansible_collections.ebpf.xdp.plugins.module_utils import _parts
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import Origin

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Source

    # The part _chain needs them, and Ansible sends what it sees imported.
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import assembler, counted, team  # noqa: F401
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec

#: The part of the argument spec that every module has that takes a program (doc_fragments/origin.py).
ARGUMENTS: dict[str, dict[str, Any]] = {
    "remote_src": {"type": "bool", "default": False},
    "checksum": {"type": "str"},
    "signature": {"type": "str"},
    "allowed_signers": {"type": "path"},
    "signer": {"type": "str"},
    "revoked_keys": {"type": "path", "no_log": False},
    "constants": {"type": "dict", "default": {}},
    "map_options": {"type": "dict", "default": {}},
    "defines": {"type": "dict", "default": {}},
    "compiler": {"type": "str", "choices": ["auto", "bcc", "clang"], "default": "auto"},
    "compiler_cpu_seconds": {"type": "int", "default": 60},
    "compiler_memory_mib": {"type": "int", "default": 2048},
    "compiler_maps_mib": {"type": "int", "default": 4096},
    "filter": {"type": "dict"},
    "xdp_internal": {"type": "dict"},  # see _internal.py
}

#: What a member of a chain has of these (doc_fragments/chain.py).
_OF_MEMBERS = (
    *("remote_src", "checksum", "signature", "allowed_signers", "signer", "revoked_keys", "constants", "map_options"),
    *("defines", "compiler", "xdp_internal"),
)
ARGUMENTS["chain"] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "name": {"type": "str", "required": True},
        "src": {"type": "path"},
        "object": {"type": "dict"},
        "filter": {"type": "dict"},
        "program": {"type": "str"},
        "proceed_on": {"type": "list", "elements": "str"},
        **{name: ARGUMENTS[name] for name in _OF_MEMBERS},
    },
}
ARGUMENTS["count_verdicts"] = {"type": "bool"}

#: How a packet can be given.
_PACKET: dict[str, dict[str, Any]] = {
    "packet": {"type": "dict"},
    "hex": {"type": "str"},
    "pcap": {"type": "path"},
    "frame": {"type": "int", "default": 1},
}

#: The option ``tests`` of modules that run the program on packets (doc_fragments/tests.py); see _packet_tests/options.py.
TESTS: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "name": {"type": "str"},
        **_PACKET,
        "verdict": {"type": "str", "choices": ["aborted", "drop", "pass", "tx", "redirect"], "required": True},
        "out": {"type": "dict", "options": _PACKET},
        "interface": {"type": "str"},
        "queue": {"type": "int"},
        "metadata": {"type": "str"},
        "count": {"type": "int", "default": 1},
        "xdp_internal": {"type": "dict"},  # see _internal.py
    },
}


def program_of(options: dict[str, Any]) -> str | None:
    """The requested program; of one that was sent twice, the one for packets in several buffers, if the kernel has them."""
    with_frags = options["_program_with_frags"]
    if with_frags is not None:
        import os

        from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host

        if host.parse_release(os.uname().release) >= (5, 18):
            return str(with_frags)
    return None if options["program"] is None else str(options["program"])


def asked_for(options: dict[str, Any], spec: Any, compiled_by: Callable[[str], None] = lambda compiler: None) -> Origin:
    """What a module was given: the object spec that its action plugin made (plain data), or else a C source.

    ``options`` are the module's, of which ``src``, ``compiler``, ``defines``, ``constants``, the limits of the compiler
    and the plugin's own count for a source. ``compiled_by`` is told which compiler made an object, if one did.
    """
    if options.get("chain"):
        return _chain(options, compiled_by)
    # The action plugin has set those of an object.
    return _with_map_options(_source(options, compiled_by), options["map_options"]) if spec is None else _object(spec)


def _chain(options: dict[str, Any], compiled_by: Callable[[str], None]) -> Origin:
    """For members of which at least one has to be compiled here: the action plugin has linked all others."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.chain_source import counts, source_digest

    members = options["chain"]
    count = counts(len(members), options["count_verdicts"])
    limits = {name: value for name, value in options.items() if name.startswith("compiler_")}
    shared = {**limits, "_sent": options["_sent"], "chain": None}
    origins = [asked_for({**each, **shared}, each["object"], compiled_by) for each in members]
    source = source_digest(
        [(each["name"], origin.source, each["program"], each["proceed_on"]) for each, origin in zip(members, origins)],
        count,
    )

    def make() -> ObjectSpec:
        # Before anything is compiled, as it may have to be sent first.
        linking = _parts.load_part("_chain.link")
        member = _parts.load_part("_chain.member").Member
        linked: ObjectSpec = linking.link(
            [
                member(each["name"], origin.make(), each["program"], each["proceed_on"])
                for each, origin in zip(members, origins)
            ],
            count,
        )
        return linked

    # A chain is for fragments only if each member is.
    return Origin(source, None, make, compiles=True, may_have_frags=all(origin.may_have_frags for origin in origins))


def _object(data: dict[str, Any]) -> Origin:
    """By the digest that stands in it; whether that is right is seen before anything is loaded."""
    return Origin(str(data.get("source", "")), str(data.get("digest", "")), lambda: _read(data))


def _read(data: dict[str, Any]) -> ObjectSpec:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text

    return spec_text.from_json(data)


def _source(options: dict[str, Any], compiled_by: Callable[[str], None]) -> Origin:
    """As the action plugin has sent it, or from a file of this host."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import (
        Header,
        Source,
        clang_digest,
        define_flags,
        digest,
    )

    compiler = options["compiler"]
    if options["_text"] is not None:
        # The plugin has chosen the compiler.
        headers = tuple(Header(name, sha256) for name, sha256 in sorted((options["_apart"] or {}).items()))
        source = Source(options["src"].rpartition("/")[2], options["_text"], headers)
    else:
        source, compiler = _flattened(options["src"], options["_headers"] or {}, compiler)
    flags, constants = define_flags(options["defines"]), options["constants"]

    def make() -> ObjectSpec:
        from ansible_collections.ebpf.xdp.plugins.module_utils._source import c_to_spec

        compiled = c_to_spec.compiled(compiler, source, flags, options)
        compiled_by(compiled.compiler)
        return compiled.object

    if compiler == "clang":
        return Origin(clang_digest(source, flags, constants), None, make, compiles=True)
    if constants:
        raise XdpError(
            f"constants: {source.name} is a C source for bcc, whose programs have no variables. Use defines, or write it "
            f"for clang, with const volatile variables"
        )
    return Origin(digest(source, flags), None, make, compiles=True, may_have_frags=False)


def _with_map_options(origin: Origin, map_options: dict[str, Any]) -> Origin:
    """What is compiled, with these options of its maps: they are part of its digest, as its constants are."""
    if not map_options:
        return origin
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import with_map_options

    source = with_map_options(origin.source, map_options)

    def make() -> ObjectSpec:
        from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_options import set_map_options

        return set_map_options(origin.make(), map_options)._replace(source=source)

    return origin._replace(source=source, make=make)


def _flattened(path: str, headers: dict[str, str], compiler: str) -> tuple[Source, str]:
    """The source, and the compiler that it is for."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._source import libbpf_source, source_files

    source = source_files.flatten(path, source_files.read(path), source_files.header_finder(headers))
    return source, libbpf_source.compiler_for(path, source_files.without_comments(source.text), compiler)
