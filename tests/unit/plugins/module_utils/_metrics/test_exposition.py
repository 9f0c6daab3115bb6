# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

from ansible_collections.ebpf.xdp.plugins.module_utils._metrics import exposition
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.exposition import FAMILIES, MOST_SERIES, Sample, exposed
from hypothesis import given
from hypothesis import strategies as st

#: A line of the text format: a name, labels, a value.
_LINE = re.compile(r'(ebpf_xdp_\w+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+)')
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"')
_UNESCAPED = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}


def _series(written: str) -> list[tuple[str, dict[str, str], float]]:
    """As Prometheus reads them."""
    found = []
    for line in written.rstrip("\n").split("\n"):
        if not line.startswith("#"):
            matched = _LINE.fullmatch(line)
            assert matched, line
            labels = {
                name: re.sub(r"\\.", lambda escaped: _UNESCAPED[escaped[0]], value)
                for name, value in _LABEL.findall(matched[2] or "")
            }
            found.append((matched[1], labels, float(matched[3])))
    return found


def test_a_family_says_what_it_is_and_comes_in_one_piece() -> None:
    samples = [
        Sample("packets_total", 7, {"pin_set": "edge", "interface": "eth0", "netns": "", "verdict": "drop"}),
        Sample("attached", 1, {"pin_set": "edge", "interface": "eth0"}),
        Sample("packets_total", 18446744073709551615, {"pin_set": "edge", "verdict": "pass"}),
        Sample("collect_duration_seconds", 0.0125),
    ]
    assert exposed(samples).splitlines() == [
        f"# HELP ebpf_xdp_collect_duration_seconds {FAMILIES['collect_duration_seconds'][1]}",
        "# TYPE ebpf_xdp_collect_duration_seconds gauge",
        "ebpf_xdp_collect_duration_seconds 0.0125",
        f"# HELP ebpf_xdp_series_omitted {FAMILIES['series_omitted'][1]}",
        "# TYPE ebpf_xdp_series_omitted gauge",
        "ebpf_xdp_series_omitted 0",
        f"# HELP ebpf_xdp_attached {FAMILIES['attached'][1]}",
        "# TYPE ebpf_xdp_attached gauge",
        'ebpf_xdp_attached{pin_set="edge",interface="eth0"} 1',
        f"# HELP ebpf_xdp_packets_total {FAMILIES['packets_total'][1]}",
        "# TYPE ebpf_xdp_packets_total counter",
        'ebpf_xdp_packets_total{pin_set="edge",interface="eth0",verdict="drop"} 7',
        'ebpf_xdp_packets_total{pin_set="edge",verdict="pass"} 18446744073709551615',
    ]


def test_what_is_too_much_is_left_out_and_counted() -> None:
    samples = [Sample("packets_total", 0, {"pin_set": f"s{number}"}) for number in range(MOST_SERIES)]
    samples += [Sample("attached", 1, {"pin_set": f"s{number}"}) for number in range(50)]
    series = _series(exposed(samples))
    assert len(series) == MOST_SERIES
    # What alerts need comes before what is many.
    assert sum(name == "ebpf_xdp_attached" for name, *_rest in series) == 50
    assert ("ebpf_xdp_series_omitted", {}, 51.0) in series


@given(st.binary(max_size=15).map(lambda raw: raw.decode(errors="surrogateescape")))
def test_whatever_the_name_the_file_is_well_formed(name: str) -> None:
    written = exposed([Sample("foreign", 1, {"interface": name, "program": "x"})])
    written.encode("utf-8")
    ((_name, labels, value),) = [each for each in _series(written) if each[0] == "ebpf_xdp_foreign"]
    assert (labels["program"], value) == ("x", 1.0)
    if name.isprintable():
        assert labels.get("interface", "") == name


def test_names_that_are_no_utf_8_differ() -> None:
    names = [b"a\xff".decode(errors="surrogateescape"), b"a\xfe".decode(errors="surrogateescape"), 'a">\n\\']
    written = exposed([Sample("foreign", 1, {"interface": name}) for name in names])
    shown = [labels["interface"] for name, labels, _value in _series(written) if name == "ebpf_xdp_foreign"]
    assert shown == ["a\\xff", "a\\xfe", 'a">\n\\']


def test_help_is_one_line_without_what_would_have_to_be_escaped() -> None:
    assert not [name for name, (_kind, help_text) in FAMILIES.items() if "\\" in help_text or "\n" in help_text]
    assert all(name.endswith("_total") == (kind == "counter") for name, (kind, _help) in FAMILIES.items())
    assert exposition.exposed([]).count("\n") == 3
