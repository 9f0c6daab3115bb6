# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which functions of a bcc source are for other hooks than XDP, or no programs at all.

bcc takes every function that is not static for a program, and does not say for
which hook. What says it is the author: by the names that bcc attaches by itself,
and by the parameter. What neither tells is left to the one who says which
function is the program, and to the verifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.kinds import FUNC, FWD, PTR, STRUCT
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import LeftOut

#: Names that bcc's Python and C++ sides attach to something else (src/python/bcc/__init__.py, ``_trace_autoload``).
_PREFIXES = (
    "kprobe__",
    "kretprobe__",
    "syscall__",
    "tracepoint__",
    "raw_tracepoint__",
    "kfunc__",
    "kretfunc__",
    "kmod_ret__",
    "lsm__",
    "bpf_iter__",
)

_XDP_CONTEXT = "xdp_md"

_TAKES_XDP_CONTEXT = re.compile(r"\b(\w+)\s*\(\s*(?:const\s+)?struct\s+xdp_md\b")

#: Contexts of other kinds of programs (include/linux/bpf_types.h).
_OTHER_CONTEXTS = frozenset(
    (
        "__sk_buff",
        "bpf_cgroup_dev_ctx",
        "bpf_flow_keys",
        "bpf_nf_ctx",
        "bpf_perf_event_data",
        "bpf_raw_tracepoint_args",
        "bpf_sk_lookup",
        "bpf_sock",
        "bpf_sock_addr",
        "bpf_sock_ops",
        "bpf_sockopt",
        "bpf_sysctl",
        "pt_regs",
        "sk_msg_md",
        "sk_reuseport_md",
    )
)


def not_for_xdp(functions: Iterable[str], btf: Btf) -> dict[str, LeftOut]:
    """Functions that cannot be meant for XDP, by name. ``btf`` may lack them: then the names alone are known."""
    parameters = {name: _parameters(name, btf) for name in functions}
    certain = any(types == [_XDP_CONTEXT] for types in parameters.values())
    left_out = ((name, LeftOut(short(name), _why_not(name, types, certain))) for name, types in parameters.items())
    return {name: left for name, left in left_out if left.why}


def meant_for_interfaces(text: str) -> set[str]:
    """Names of functions that take a ``struct xdp_md``, as the source writes it: without maps bcc gives no types."""
    return set(_TAKES_XDP_CONTEXT.findall(text))


def _why_not(name: str, types: list[str] | None, certain: bool) -> str:
    """Why the function is none, by its name and the types of its parameters; empty when it may be one.

    ``certain`` is whether a function of the source takes what XDP programs take.
    """
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return f"it is called {prefix}..., which is not for XDP programs"
    if not types:
        return ""
    if len(types) > 1:
        return f"it takes {len(types)} arguments, which is not for XDP programs"
    context = types[0]
    # Whoever writes struct xdp_md for one program does so for all: what takes anything else is called by them.
    if context in _OTHER_CONTEXTS or (certain and context and context != _XDP_CONTEXT):
        return f"its argument is of type {context}, which is not for XDP programs"
    return ""


def _parameters(function: str, btf: Btf) -> list[str] | None:
    """For each parameter the name of the structure that it points to, or of its type; empty for one that says nothing
    (``void *``). ``None`` where the types do not say what the function takes.
    """
    try:
        function_id = btf.find(FUNC, function)
        if function_id is None:
            return None
        prototype = btf.type(btf.type(function_id).size_or_type)
        return [_parameter(type_id, btf) for _name, type_id in prototype.entries()]
    except Malformed:
        return None


def _parameter(type_id: int, btf: Btf) -> str:
    _id, btf_type = btf.resolve(type_id)
    if btf_type.kind != PTR:
        return btf.name(btf_type) if btf_type.name else "number"
    _id, pointed = btf.resolve(btf_type.size_or_type)
    return btf.name(pointed) if pointed.kind in (STRUCT, FWD) and pointed.name else ""
