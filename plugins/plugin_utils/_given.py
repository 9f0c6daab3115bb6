# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which options a task really sets: a default that is written out says nothing."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.validation import check_type_bool


def is_given(option: str, value: t.Any) -> bool:
    """Whether the value of this option, one of a program, is another than its default."""
    if option == "remote_src" and value is not None:
        try:
            return t.cast(bool, check_type_bool(value))
        except TypeError:
            return True
    if option == "filter":  # an empty one is a filter as well, and drops nothing
        return value is not None
    return value not in (None, {}, "auto" if option == "compiler" else None)
