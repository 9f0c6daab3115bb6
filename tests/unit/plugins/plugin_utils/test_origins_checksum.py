# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is loaded but what was reviewed."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import _check

ACTUAL = hashlib.sha256(b"object").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()


def test_without_a_checksum_anything_is_taken() -> None:
    _check("prog.o", None, ACTUAL)


@pytest.mark.parametrize("form", ["sha256:{}", " sha256:{}\n", "SHA256:{}", "Sha256:{}"])
@pytest.mark.parametrize("digits", [ACTUAL, ACTUAL.upper()])
def test_the_right_checksum_is_taken(form: str, digits: str) -> None:
    _check("prog.o", form.format(digits), ACTUAL)


def test_another_checksum_is_refused_with_both() -> None:
    with pytest.raises(XdpError) as caught:
        _check("prog.o", f"sha256:{OTHER}", ACTUAL)
    assert str(caught.value) == (
        f"checksum: prog.o has sha256:{ACTUAL}, and sha256:{OTHER} was asked for. Nothing was changed"
    )


@pytest.mark.parametrize("place", [0, 31, 63])
def test_one_digit_makes_it_another(place: int) -> None:
    digit = "0" if ACTUAL[place] != "0" else "1"
    with pytest.raises(XdpError, match="was asked for"):
        _check("prog.o", f"sha256:{ACTUAL[:place]}{digit}{ACTUAL[place + 1 :]}", ACTUAL)


@pytest.mark.parametrize(
    "checksum",
    [
        "",
        "sha256:",
        ACTUAL,
        f"sha256: {ACTUAL}",
        f"sha256:{ACTUAL[:-1]}",
        f"sha256:{ACTUAL}0",
        f"sha256:{ACTUAL[:16]}",
        f"sha256:{ACTUAL[:-1]}g",
        f"sha256:{ACTUAL[:-1]}\u0661",
        f"sha256:{ACTUAL}  prog.o",
        f"sha1:{hashlib.sha1(b'object').hexdigest()}",
        f"md5:{ACTUAL}",
        f"sha256=={ACTUAL}",
        0,
        False,
        True,
        1.5,
        [],
        {},
        [f"sha256:{ACTUAL}"],
    ],
)
def test_what_is_no_checksum_is_refused(checksum: Any) -> None:
    with pytest.raises(XdpError) as caught:
        _check("prog.o", checksum, ACTUAL)
    assert str(caught.value) == (
        f"checksum: {checksum} is not sha256: and 64 hexadecimal digits, as sha256sum prints them"
    )
