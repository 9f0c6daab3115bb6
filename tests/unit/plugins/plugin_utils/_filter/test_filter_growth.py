# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compiling takes time in proportion to what rules and their lists have."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.compile import compile_filter
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth


def _hosts(size: int) -> list[str]:
    return [f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in range(size // 14)]


def _in_one_another(size: int) -> list[str]:
    """Each address with all prefixes around it."""
    return [f"2001:db8::{number:x}:0/{length}" for number in range(size // 1024) for length in range(112, 128)]


def _apart(size: int) -> list[str]:
    return [f"10.{number >> 7}.{number % 128 * 2}.0/24" for number in range(size // 16)]


def _compiled(prefixes: list[str]) -> t.Any:
    """As a file of two rules, and in the playbook of another one."""
    rules = [
        {"name": "one", "action": "drop", "source_from": "list", "protocol": "tcp"},
        {"name": "two", "action": "drop", "source_from": "list", "protocol": "udp"},
        {"name": "three", "action": "pass", "source": prefixes, "vlan": 7},
    ]
    return compile_filter({"rules": rules}, lambda _name: "\n".join(prefixes).encode())


@pytest.mark.parametrize("build", [_hosts, _in_one_another, _apart])
def test_lists_of_prefixes(build: t.Callable[[int], list[str]]) -> None:
    growth.check(_compiled, build)


def test_one_wrong_line_at_the_end() -> None:
    def read(prefixes: list[str]) -> None:
        with pytest.raises(Exception, match=r"nonsense"):
            _compiled([*prefixes, "nonsense"])

    growth.check(read, _hosts)
