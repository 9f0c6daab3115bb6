# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the options of a module ask to be loaded, known without making it.

A converged run has nothing to make. So what makes an object is imported only
then: on the hosts Python compiles every module anew in every task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import Origin

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Source
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec

#: The part of the argument spec that every module has that takes a program (doc_fragments/origin.py).
ARGUMENTS: dict[str, dict[str, Any]] = {
    "remote_src": {"type": "bool", "default": False},
    "checksum": {"type": "str"},
    "constants": {"type": "dict", "default": {}},
    "map_options": {"type": "dict", "default": {}},
    "defines": {"type": "dict", "default": {}},
    "compiler_cpu_seconds": {"type": "int", "default": 60},
    "compiler_memory_mib": {"type": "int", "default": 2048},
    "compiler_maps_mib": {"type": "int", "default": 4096},
    "_text": {"type": "str"},
    "_headers": {"type": "dict"},
}


def asked_for(options: dict[str, Any], spec: Any) -> Origin:
    """What a module was given: the object spec that its action plugin made (plain data), or else a C source.

    ``options`` are the module's, of which ``src``, ``defines``, the limits of the compiler and the plugin's own count
    for a source.
    """
    # The action plugin has set those of an object.
    return _with_map_options(_source(options), options["map_options"]) if spec is None else _object(spec)


def _object(data: dict[str, Any]) -> Origin:
    """By the digest that stands in it; whether that is right is seen before anything is loaded."""
    return Origin(str(data.get("source", "")), str(data.get("digest", "")), lambda: _read(data))


def _read(data: dict[str, Any]) -> ObjectSpec:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text

    return spec_text.from_json(data)


def _source(options: dict[str, Any]) -> Origin:
    """As the action plugin has sent it, or from a file of this host."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Source, define_flags, digest

    if options["_text"] is not None:
        source = Source(options["src"].rpartition("/")[2], options["_text"])
    else:
        source = _flattened(options["src"], options["_headers"] or {})
    flags = define_flags(options["defines"])
    return Origin(digest(source, flags), None, lambda: _compiled(source, flags, options), compiles=True)


def _with_map_options(origin: Origin, map_options: dict[str, Any]) -> Origin:
    """What is compiled, with these options of its maps: they are part of its digest, as its constants are."""
    if not map_options:
        return origin
    from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import digest_with

    source = digest_with(origin.source, map_options)

    def make() -> ObjectSpec:
        from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_options import set_map_options

        return set_map_options(origin.make(), map_options)._replace(source=source)

    return origin._replace(source=source, make=make)


def _flattened(path: str, headers: dict[str, str]) -> Source:
    from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files

    return source_files.flatten(path, source_files.read(path), source_files.header_finder(headers))


def _compiled(source: Source, flags: list[str], options: dict[str, Any]) -> ObjectSpec:
    from ansible_collections.ebpf.xdp.plugins.module_utils._source import compiler, compiler_limits

    return compiler.compile_source(source, flags, compiler_limits.of_options(options))
