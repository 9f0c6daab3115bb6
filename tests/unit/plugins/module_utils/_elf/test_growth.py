# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an object takes time and memory in proportion to its size, whatever is in it."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import choose_program
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.worst_objects import WORST, Builder

#: Characters of a message that a person is to read.
LONGEST_MESSAGE = 20_000


def outcome(data: bytes) -> dict[str, object]:
    """What goes to the host, or nothing for an object that is refused."""
    try:
        return spec_text.to_json(read_object("prog.o", data))
    except XdpError as error:
        assert len(str(error)) < LONGEST_MESSAGE
        return {}


@pytest.mark.parametrize("build", WORST, ids=lambda build: build.__name__)
def test_twice_the_object_is_twice_the_work(build: Builder) -> None:
    assert 0.5 * growth.LARGE < len(build(growth.LARGE)) < 1.6 * growth.LARGE
    growth.check(outcome, build)


@pytest.mark.parametrize("build", WORST, ids=lambda build: build.__name__)
def test_what_is_said_of_the_object_can_be_read(build: Builder) -> None:
    data = build(growth.LARGE // 4)
    try:
        spec = read_object("prog.o", data)
    except XdpError:
        return
    assert all(len(left.name) <= 200 and len(left.why) < 1000 for left in spec.left_out)
    functions = tuple(program.name for program in spec.programs)
    for wanted in (None, "nothing of the sort"):
        try:
            assert choose_program(functions, wanted, spec.left_out) in functions
        except XdpError as error:
            assert len(str(error)) < LONGEST_MESSAGE
    with pytest.raises(XdpError) as caught:
        set_constants(spec, {"nothing of the sort": 1})
    assert len(str(caught.value)) < LONGEST_MESSAGE
