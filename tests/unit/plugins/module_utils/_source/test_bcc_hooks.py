# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions of a bcc source that are not meant for XDP."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.kinds import FUNC, FUNC_PROTO, INT, PTR, STRUCT
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._source.bcc_hooks import meant_for_interfaces
from ansible_collections.ebpf.xdp.plugins.module_utils._source.bcc_hooks import not_for_xdp as _not_for_xdp


def not_for_xdp(functions: Iterable[str], btf: Btf) -> dict[str, str]:
    return {name: left.why for name, left in _not_for_xdp(functions, btf).items()}


def btf_of(functions: dict[str, list[str]]) -> Btf:
    """The functions by name, with the structures that they get pointers to; ``int`` is one itself, ``void`` points to anything."""
    strings = b"\0"
    types: list[bytes] = []

    def add(kind: int, name: str = "", size_or_type: int = 0, vlen: int = 0, more: bytes = b"") -> int:
        nonlocal strings
        offset = len(strings) if name else 0
        if name:
            strings += name.encode() + b"\0"
        types.append(struct.pack("=3I", offset, kind << 24 | vlen, size_or_type) + more)
        return len(types)

    number = add(INT, "int", 4, more=struct.pack("=I", 1 << 24 | 32))
    for name, parameters in functions.items():
        ids = []
        for parameter in parameters:
            if parameter == "int":
                ids.append(number)
            else:
                ids.append(add(PTR, size_or_type=0 if parameter == "void" else add(STRUCT, parameter, 4)))
        entries = b"".join(struct.pack("=2I", 0, type_id) for type_id in ids)
        add(FUNC, name, add(FUNC_PROTO, size_or_type=number, vlen=len(ids), more=entries))
    data = b"".join(types)
    return Btf(struct.pack("=HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(data), len(data), len(strings)) + data + strings)


def test_names_that_bcc_attaches_elsewhere_are_known_without_types() -> None:
    names = ["kprobe__tcp_connect", "tracepoint__sched__sched_switch", "filter", "my_kprobe__"]
    assert not_for_xdp(names, Btf(b"")) == {
        "kprobe__tcp_connect": "it is called kprobe__..., which is not for XDP programs",
        "tracepoint__sched__sched_switch": "it is called tracepoint__..., which is not for XDP programs",
    }


def test_what_it_takes_says_what_it_is_for() -> None:
    functions = {
        "filter": ["xdp_md"],
        "any": ["void"],
        "nothing": [],
        "tc": ["__sk_buff"],
        "parse": ["ethhdr"],
        "add": ["int"],
        "two": ["xdp_md", "int"],
    }
    assert not_for_xdp(functions, btf_of(functions)) == {
        "tc": "its argument is of type __sk_buff, which is not for XDP programs",
        "parse": "its argument is of type ethhdr, which is not for XDP programs",
        "add": "its argument is of type int, which is not for XDP programs",
        "two": "it takes 2 arguments, which is not for XDP programs",
    }


def test_a_context_of_the_authors_own_is_taken_where_nothing_is_better() -> None:
    functions = {"filter": ["my_context"], "tc": ["__sk_buff"]}
    assert [*not_for_xdp(functions, btf_of(functions))] == ["tc"]


def test_functions_that_the_types_do_not_have_stay() -> None:
    assert not_for_xdp(["filter", "other"], btf_of({"filter": ["xdp_md"]})) == {}


def test_functions_that_take_an_xdp_context_are_found_in_the_text() -> None:
    text = "int vm(struct xdp_md *c)\n{ return sub(c); }\nint old (\n const  struct xdp_md*c);\nint tc(struct __sk_buff *s);"
    assert meant_for_interfaces(text) == {"vm", "old"}
    assert meant_for_interfaces("x " * 50_000 + "f" * 50_000) == set()
