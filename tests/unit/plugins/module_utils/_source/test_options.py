# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module's options ask for, known without compiling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import pack, unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import ARGUMENTS, asked_for
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import HeadersNeeded
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import Origin
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._chain.some_members import simple
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import SPEC

FOR_LIBBPF = 'SEC("xdp") int f(struct xdp_md *ctx) { return 2; }\n'
TEXT = "int f(struct xdp_md *ctx) { return 2; }\n"


def options(**given: Any) -> dict[str, Any]:
    """As a module has them, after they have travelled."""
    defaults = {name: argument.get("default") for name, argument in ARGUMENTS.items()}
    made = pack({**defaults, "src": "/srv/prog.c", **given})
    unpack(made)
    return made


def test_an_object_is_known_by_its_digest_and_read_when_it_is_made() -> None:
    data = spec_text.to_json(SPEC)
    origin = asked_for(options(), data)
    assert (origin.source, origin.object, origin.compiles) == (SPEC.source, data["digest"], False)
    assert origin.make() == SPEC
    assert origin.is_of("another source", data["digest"]) and not origin.is_of(SPEC.source, "another object")


def test_a_source_that_the_action_plugin_sent_is_known_by_its_digest() -> None:
    origin = asked_for(options(_text=TEXT, defines={"A": 1}), None)
    assert origin.source == source.digest(source.Source("prog.c", TEXT), ["-DA=1"])
    assert origin.object is None and origin.compiles
    assert origin.is_of(origin.source, "whatever it compiled to")


def test_options_of_maps_are_part_of_what_a_source_is_known_by() -> None:
    def of(map_options: dict[str, Any]) -> str:
        return asked_for(options(_text=TEXT, map_options=map_options), None).source

    plain = of({})
    assert plain == source.digest(source.Source("prog.c", TEXT), [])
    sizes = [{"a": {"max_entries": 1}}, {"a": {"max_entries": 2}}, {"b": {"max_entries": 1}}, {"a": {"numa_node": 1}}]
    assert len({plain, *map(of, sizes)}) == 5
    assert of({"a": {"max_entries": 1, "numa_node": 2}, "b": {}}) == of(
        {"b": {}, "a": {"numa_node": 2, "max_entries": 1}}
    )


def test_a_source_of_this_host_is_the_same_as_one_that_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "prog.c"
    path.write_text('#include "own.h"\n' + TEXT)
    here = asked_for(options(src=str(path), _headers={"own.h": "/* of the collection */\n"}), None)
    assert here.compiles and here.source != asked_for(options(src=str(path), _headers={}), None).source


def test_a_source_for_clang_is_known_by_its_constants_and_headers_too() -> None:
    def asked(**given: Any) -> str:
        return asked_for(options(_text=FOR_LIBBPF, compiler="clang", **given), None).source

    origin = asked_for(options(_text=FOR_LIBBPF, compiler="clang", defines={"A": 1}), None)
    assert origin.object is None and origin.compiles
    assert origin.source == source.clang_digest(source.Source("prog.c", FOR_LIBBPF), ["-DA=1"], {})
    different = [
        asked(),
        asked(defines={"A": 1}),
        asked(constants={"a": 1}),
        asked(constants={"a": 2}),
        asked(_apart={"vmlinux.h": "a" * 64}),
        asked(_apart={"vmlinux.h": "b" * 64}),
        asked_for(options(_text=FOR_LIBBPF, compiler="bcc"), None).source,
    ]
    assert len({*different}) == len(different)


def test_what_only_the_compiling_takes_makes_no_other_source() -> None:
    plain = asked_for(options(_text=FOR_LIBBPF, compiler="clang"), None).source
    more = options(_text=FOR_LIBBPF, compiler="clang", _sent={"vmlinux.h": "/tmp/x"}, compiler_cpu_seconds=1)
    assert asked_for(more, None).source == plain


def test_a_source_of_this_host_is_looked_at_for_its_compiler(tmp_path: Path) -> None:
    path = tmp_path / "prog.c"
    path.write_text(FOR_LIBBPF)
    here = asked_for(options(src=str(path)), None).source
    flat = f'#line 1 "prog.c"\n{FOR_LIBBPF}'
    assert here == asked_for(options(_text=flat, compiler="clang"), None).source
    with pytest.raises(XdpError, match="is a source for libbpf, which bcc cannot compile"):
        asked_for(options(src=str(path), compiler="bcc"), None)


def test_constants_are_not_for_bcc() -> None:
    with pytest.raises(XdpError, match=r"^constants: prog\.c is a C source for bcc"):
        asked_for(options(_text=TEXT, compiler="bcc", constants={"a": 1}), None)


def _member(name: str, **given: Any) -> dict[str, Any]:
    known = ARGUMENTS["chain"]["options"]
    return {**{each: argument.get("default") for each, argument in known.items()}, "name": name, **given}


def test_a_chain_is_known_by_its_members_before_it_is_made() -> None:
    data = spec_text.to_json(simple("table"))
    one, two = _member("one", object=data), _member("two", src="/srv/prog.c", _text=TEXT, compiler="bcc")
    origin = asked_for(options(chain=[one, two]), None)
    assert origin.object is None and origin.compiles
    others = [
        options(chain=[two, one]),
        options(chain=[one]),
        options(chain=[one, two], count_verdicts=False),
        options(chain=[one, {**two, "proceed_on": ["drop"]}]),
        options(chain=[one, {**two, "defines": {"A": 1}}]),
    ]
    assert len({origin.source, *(asked_for(other, None).source for other in others)}) == 1 + len(others)
    # Limits of the compiler and where its headers are make no other program.
    more = options(chain=[one, two], compiler_cpu_seconds=1, _sent={"vmlinux.h": "/tmp/x"})
    assert asked_for(more, None).source == origin.source


def test_a_chain_that_is_made_is_what_it_was_known_by() -> None:
    members = [_member(name, object=spec_text.to_json(simple("table", source=name))) for name in ("one", "two")]
    origin = asked_for(options(chain=members), None)
    made = origin.make()
    assert made.source == origin.source and [member.name for member in made.members] == ["one", "two"]


def test_headers_that_are_elsewhere_are_asked_for_when_there_is_something_to_compile() -> None:
    origin = asked_for(options(_text=FOR_LIBBPF, compiler="clang", _apart={"vmlinux.h": "a" * 64}), None)
    with pytest.raises(HeadersNeeded) as caught:
        origin.make()
    assert caught.value.answer == {"_headers_needed": ["vmlinux.h"], "_parts_needed": ["_elf"]}


def test_what_is_in_hand_is_not_made_again() -> None:
    made: list[int] = []

    def make() -> Any:
        made.append(1)
        return SPEC

    origin = Origin("s", None, make, compiles=True).made()
    assert (origin.make(), origin.make(), origin.compiles, made) == (SPEC, SPEC, False, [1])
