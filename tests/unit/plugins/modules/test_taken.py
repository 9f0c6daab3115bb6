# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What xdp_pin says of a set that has lost an interface to another one, and is kept on disk."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import kept_path
from ansible_collections.ebpf.xdp.plugins.modules import xdp_pin


def test_a_kept_file_that_is_damaged_makes_no_failure_of_a_change(tmp_path: Path) -> None:
    Path(kept_path(str(tmp_path), "giver")).write_bytes(b"damaged")
    said: list[str] = []
    params = {"boot_directory": str(tmp_path), "warn_kept": True, "pin_root": "/bpf", "name": "taker"}
    module = SimpleNamespace(params=params, warn=said.append)
    xdp_pin._warn_of_kept(module, SimpleNamespace(taken={"giver": ["eth0"]}))  # type: ignore[arg-type]
    assert len(said) == 1
    assert said[0].startswith("Whether the pin set giver would claim eth0 at the next boot is not known: ")
