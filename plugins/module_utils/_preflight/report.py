# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The preflight for people, line by line."""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._columns import aligned
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import printable

_COLUMNS = ("interface", "driver", "mtu", "limit", "native", "frags", "attached")
_NUMBERS = [_COLUMNS.index(name) for name in ("mtu", "limit")]

# What sources for clang take, in a line of its own.
_FOR_CLANG = ("clang", "libbpf_headers", "bpftool")


def report(found: dict[str, Any]) -> list[str]:
    """A few lines on the host, and a table with a line for each interface."""
    return [*host(found), *table(found["interfaces"], found["missing"])]


def host(found: dict[str, Any]) -> list[str]:
    """Lines on kernel, bpffs and libraries. ``found`` is what xdp_host_info returns."""
    kernel, libraries = found["kernel"], found["libraries"]
    old = "" if kernel["supported"] else ", too old"
    features = {
        "bpf_link": kernel["xdp_link"],
        "frags": kernel["xdp_frags"],
        "driver features": kernel["driver_features"],
        "BTF": kernel["btf"],
    }
    return [
        f"kernel     {kernel['release']}{old}: {_list(features)}",
        *([] if kernel["bpf"] else [f"bpf(2)     not usable: {kernel['bpf_refused']}"]),
        f"bpffs      {found['bpffs']['path'] or 'not mounted'}",
        f"libraries  {_list({name: bool(there) for name, there in libraries.items() if name not in _FOR_CLANG})}",
        f"clang      {_list({name: bool(libraries[name]) for name in _FOR_CLANG})}",
    ]


def table(interfaces: list[dict[str, Any]], missing: list[str]) -> list[str]:
    """A heading, and a line for each interface and each name that is not there."""
    rows = [list(_COLUMNS)]
    for each in interfaces:
        rows.append(
            [
                each["interface"],
                each["driver"] or "-",
                str(each["mtu"]),
                _limit(each),
                _answer(each["native"]),
                _answer(each["frags"]),
                "; ".join(map(attached, each["attached"])) or "-",
            ]
        )
    rows += [[name, "not there", *[""] * (len(_COLUMNS) - 2)] for name in missing]
    rows = [[printable(cell) for cell in row] for row in rows]  # interfaces may have any name
    return aligned(rows, _NUMBERS)


def attached(one: dict[str, Any]) -> str:
    """A program on an interface: in which mode, which one, and whose."""
    if one["method"] is None:  # bpf(2), which tells the rest, cannot be used
        return f"{one['mode']}, id {one['program_id']}, unknown"
    whose = f"of {one['owner']}" if one["owner"] else "foreign"
    if one["dispatcher"]:
        whose += ", dispatcher"
    return f"{one['mode']} by {one['method']}, {one['program_name'] or '(none)'} id {one['program_id']}, {whose}"


def _limit(each: dict[str, Any]) -> str:
    if each["mtu_limit"] is None:
        return "-"
    # At most so much: the driver may draw the line below.
    return f"{each['mtu_limit']}" if each["mtu_limit_source"] == "driver" else f"<={each['mtu_limit']}"


def _answer(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "no"


def _list(answers: dict[str, bool]) -> str:
    return ", ".join(f"{name} {_answer(there)}" for name, there in answers.items())
