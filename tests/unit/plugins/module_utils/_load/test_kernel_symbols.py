# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of functions and variables that the running kernel itself does not have."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_ids, kernel_symbols
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import KernelReference, ProgramSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile


@pytest.mark.parametrize("kind", ["function", "variable"])
def test_what_a_module_has_is_named_with_the_module(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    blob = BtfFile().blob()
    monkeypatch.setattr(kernel_ids, "kernel_btf", lambda why: blob)
    monkeypatch.setattr(kernel_ids, "module_with", {"bpf_xdp_ct_lookup": "nf_conntrack"}.get)

    def refusal(name: str) -> str:
        program = ProgramSpec("filter", b"", (), "GPL", kernel_references=(KernelReference(0, name, kind),))
        with pytest.raises(XdpError) as caught:
            kernel_symbols.fill_in(program, bytearray(8))
        return str(caught.value)

    assert refusal("bpf_xdp_ct_lookup") == (
        f"The program filter needs the kernel's {kind} bpf_xdp_ct_lookup, which is in the module nf_conntrack. "
        f"Functions and variables of modules cannot be used yet"
    )
    assert "which the running kernel does not have" in refusal("bpf_xdp_later")
