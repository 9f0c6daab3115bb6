# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts answer, as rows, lines and a page."""

from __future__ import annotations

import base64
import datetime
import hashlib
import html.parser
import json
import re
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _fleet, _fleet_lines, _fleet_report
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils.fleets import (
    HOSTILE,
    NEW,
    OLD,
    answer,
    answers,
    row,
    silent,
)
from hypothesis import given
from hypothesis import strategies as st

_AT = datetime.datetime(2026, 11, 29, 10, 30, tzinfo=datetime.timezone.utc)


def test_trouble_comes_first_and_hosts_in_the_order_of_their_numbers() -> None:
    found = _fleet.fleet(
        {
            "web10": answer(row(), row(state="pending", interface="eth1")),
            "web9": answer(row()),
            "silent": {"unreachable": True, "msg": "no route"},
            "old": {"failed": True, "msg": "needs Linux 5.10"},
            "empty": answer(),
            "web1": answer(silent(state="not_attached")),
        }
    )
    assert [(each.state, each.host, each.interface) for each in found.rows] == [
        ("unreachable", "silent", None),
        ("failed", "old", None),
        ("not_attached", "web1", "eth0"),
        ("pending", "web10", "eth1"),
        ("fine", "web9", "eth0"),
        ("fine", "web10", "eth0"),
        ("no_xdp", "empty", None),
    ]
    assert (found.asked, found.answered, found.in_trouble) == (6, 5, 3)


def test_a_set_that_could_not_be_read_is_a_row() -> None:
    failed = ({"pin_set": "edge", "netns": "", "why": "the record is damaged"},)
    (found,) = _fleet.fleet({"web": answer(unreadable=failed)}).rows
    assert (found.state, found.pin_set, found.why) == ("failed", "edge", "the record is damaged")


def test_versions_are_counted_by_host_the_most_common_first() -> None:
    found = _fleet.fleet(
        {
            "a": answer(row(version=OLD), row(version=OLD, interface="eth1")),
            "b": answer(row(version=NEW)),
            "c": answer(row(version=NEW)),
        }
    )
    assert found.versions() == {"edge": {NEW: 2, OLD: 1}}


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, {"rows": 7}, {"rows": None, "msg": 7}, {"failed": True}])
def test_an_answer_that_is_none_is_a_failure(wrong: Any) -> None:
    (found,) = _fleet.fleet({"web": wrong}).rows
    assert found.state == "failed" and found.why


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)  # more than a float can be
    | st.floats()
    | st.text(max_size=8)
    | st.just("\ud83d"),  # half of a character
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*row(), "else"]), _JSON), _JSON)
def test_whatever_a_host_answers_there_is_a_page(strange: dict[str, Any], failed: Any) -> None:
    fleet = _fleet.fleet({"web": {"rows": [{**row(), **strange}, strange], "failed": failed}})
    assert len(fleet.rows) >= 2
    assert _fleet_lines.lines(fleet)
    _fleet_report.html(fleet, "x", _AT, 1.0).encode()
    json.loads(_fleet_report.data(fleet, "x", _AT, 1.0))


def test_lines_are_aligned() -> None:
    fleet = _fleet.fleet(
        {
            "edge1": answer(row(members=["counter", "filter"])),
            "edge2": {"unreachable": True, "msg": "Connection\ntimed out"},
            "edge3": answer(silent(state="foreign", pin_set=None, program="katran", version=None, netns="blue")),
            "edge4": answer(),
        }
    )
    assert _fleet_lines.lines(fleet) == [
        "state        host   interface     set                     mode    version       packets/s  dropped  trend",
        "unreachable  edge2  -             -                       -       -                     -        -         Connection timed out",
        "foreign      edge3  eth0 in blue  (katran)                -       -                     -        -",
        f"fine         edge1  eth0          edge [counter, filter]  native  {NEW}      1,500     25 %  ▇▇█",
        "no_xdp       edge4  -             -                       -       -                     -        -",
        "4 hosts asked, 3 answered, 2 in trouble",
    ]


class _Page(html.parser.HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _value in attrs)
        self.links += [str(value) for name, value in attrs if name in ("src", "href", "action", "xlink:href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_names_cannot_become_elements() -> None:
    everything = dict.fromkeys(("interface", "netns", "pin_set", "program", "version", "mode", "method"), HOSTILE)
    hostile = {
        HOSTILE: answer(
            row(**everything, members=[HOSTILE], rules=[{"name": HOSTILE, "action": HOSTILE, "packets": 5}])
        ),
        "a": {"unreachable": True, "msg": HOSTILE},
        "b": answer(silent(state="foreign", pin_set=None, program=HOSTILE)),
        "c": answer(unreadable=({"pin_set": HOSTILE, "netns": HOSTILE, "why": HOSTILE},)),
    }
    written = _fleet_report.html(_fleet.fleet(hostile), HOSTILE, _AT, 1.0)
    page, harmless = _Page(written), _Page(_fleet_report.html(_fleet.fleet(answers(20)), "x", _AT, 1.0))
    assert "b" in harmless.tags  # of the page itself
    assert page.tags <= harmless.tags | {"strong"} and page.attributes <= harmless.attributes
    assert "".join(page.words).count(HOSTILE) >= 10
    assert "onload" not in page.attributes


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    written = _fleet_report.html(_fleet.fleet(answers(20)), "XDP", _AT, 5.0)
    page = _Page(written)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert page.links == [] and "url(" not in written and "@import" not in written
    assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', written)
    (style,) = re.findall(r"<style>(.*)</style>", written, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.replace("&#39;", "'") == f"default-src 'none'; style-src 'sha256-{digest}'"


def test_states_are_words_on_the_page() -> None:
    found = _fleet.fleet({"a": answer(silent(state="not_attached")), "b": answer()})
    written = _fleet_report.html(found, "XDP", _AT, 5.0)
    assert "</svg>not attached</span>" in written and "</svg>no XDP</span>" in written


def test_five_hundred_hosts_take_no_more_than_5_mb() -> None:
    written = _fleet_report.html(_fleet.fleet(answers(500)), "XDP", _AT, 5.0)
    assert len(written.encode()) < 5_000_000
    assert all(f"edge{number:02}." in written for number in range(1, 501))


@pytest.mark.parametrize(("exceptions", "shown"), [(None, False), (0.0, True), (7.0, True)])
def test_what_was_lost_has_a_column_where_somebody_counts_it(exceptions: float | None, shown: bool) -> None:
    found = {"a": answer(row(exceptions_per_second=exceptions)), "b": answer(), "c": {"unreachable": True, "msg": "no"}}
    written = _fleet_report.html(_fleet.fleet(found), "XDP", _AT, 5.0)
    assert ("Lost/s" in written) == shown
    # Whatever columns there are, each row fills them.
    columns = written.count('scope="col"')
    assert columns == (12 if shown else 11) and written.count(f'colspan="{columns - 2}"') == 2


def test_the_rules_that_decide_most_are_shown_and_all_are_in_the_data() -> None:
    packets = {"a": 5, "b": 4000, "c": 0, "d": 6, "e": 7}
    rules = [{"name": name, "action": "drop", "packets": number} for name, number in packets.items()]
    fleet = _fleet.fleet({"web": answer(row(rules=[*rules, {"name": "default", "action": None, "packets": 9}]))})
    page = _fleet_report.html(fleet, "t", _AT, 1.0)
    assert re.findall(r"drop (\w): ([^<]*)<", page) == [("b", "4 k"), ("e", "7"), ("d", "6")]
    assert json.loads(_fleet_report.data(fleet, "t", _AT, 1.0))["rows"][0]["rules"] == rules


def test_the_data_is_the_same() -> None:
    fleet = _fleet.fleet(answers(20))
    read = json.loads(_fleet_report.data(fleet, "XDP", _AT, 5.0))
    assert (read["asked"], read["answered"], read["in_trouble"]) == (fleet.asked, fleet.answered, fleet.in_trouble)
    assert [each["host"] for each in read["rows"]] == [each.host for each in fleet.rows]
    assert read["at"] == "2026-11-29T10:30:00+00:00"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.25, "0.25"), (999, "999"), (999.6, "1 k"), (1500, "1.5 k"), (14_880_952, "14.9 M"), (2e9, "2 G")],
)
def test_rates(value: float, shown: str) -> None:
    assert _fleet_report.rate(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0, "0 %"), (1, "100 %"), (0.031, "3.1 %"), (1e-6, "<0.01 %")])
def test_shares(value: float, shown: str) -> None:
    assert _fleet_report.share(value) == shown
