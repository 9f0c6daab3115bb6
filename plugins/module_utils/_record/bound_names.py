# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Names of pins of programs that are loaded for one interface each."""

from __future__ import annotations


def bound_name(program: str, ifindex: str) -> str:
    """The pin of a program that is loaded for one interface."""
    return f"{program}@{ifindex}"


def unbound_name(pin: str) -> str:
    """The program's name, by that of its pin."""
    return pin.partition("@")[0]
