# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The state of a fleet as one HTML page that needs nothing else, and as data. Pure, except that it reads its own template."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import os
import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._version import VERSION
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fleet import NO_XDP, Fleet, Row
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_DIRECTORY = os.path.join(os.path.dirname(__file__), "report")

#: Colours of versions in the style sheet; more of them begin anew.
_COLOURS = 8

_WARN = ("pending", "generic")

#: Rules of a filter that are shown: those that have decided about most packets. All are in the JSON.
_RULES = 3

#: What tells states apart without colours.
_SHAPES = {
    "bad": Markup('<path d="M5 .5 9.8 9.5H.2z" fill="currentColor"/>'),
    "warn": Markup('<path d="M5 0 10 5 5 10 0 5z" fill="currentColor"/>'),
    "good": Markup('<circle cx="5" cy="5" r="4.5" fill="currentColor"/>'),
    "none": Markup('<circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" stroke-width="1.4"/>'),
}

_TREND = (100, 24)


def html(fleet: Fleet, title: str, at: datetime.datetime, seconds: float) -> str:
    """The page; ``at`` is when the hosts were asked, and ``seconds`` for how long packets were counted."""
    environment = Environment(
        loader=FileSystemLoader(_DIRECTORY), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(rate=rate, share=share)
    with open(os.path.join(_DIRECTORY, "report.css"), encoding="utf-8") as file:
        style = file.read()
    versions, colours = _versions(fleet)
    total = sum(row.packets_per_second or 0.0 for row in fleet.rows)
    dropped = sum((row.packets_per_second or 0.0) * (row.drop_share or 0.0) for row in fleet.rows)
    return environment.get_template("report.html.j2").render(
        title=title,
        at={"iso": at.isoformat(timespec="seconds"), "words": at.strftime("%-d %B %Y, %H:%M %Z")},
        by=VERSION,
        fleet=fleet,
        packets=total,
        dropped=dropped / total if total else 0.0,
        seconds=f"{seconds:g}" if seconds else "",
        monitored=any(row.exceptions_per_second is not None for row in fleet.rows),
        versions=versions,
        verdicts=VERDICTS,
        rows=[_row_of_page(row, colours) for row in fleet.rows],
        shapes=_SHAPES,
        # A style sheet has no quotes to be escaped that would end it.
        style=Markup(style),
        style_hash=f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}",
    )


def data(fleet: Fleet, title: str, at: datetime.datetime, seconds: float) -> str:
    """The same as JSON."""
    return json.dumps(
        {
            "title": title,
            "at": at.isoformat(timespec="seconds"),
            "collection": VERSION,
            "seconds": seconds,
            "asked": fleet.asked,
            "answered": fleet.answered,
            "in_trouble": fleet.in_trouble,
            "rows": [_row_of_data(row) for row in fleet.rows],
        },
        indent=1,
    )


def _row_of_data(row: Row) -> dict[str, t.Any]:
    rules = [dict(zip(("name", "action", "packets"), rule)) for rule in row.rules]
    return {**row._asdict(), "verdicts": dict(row.verdicts), "rules": rules}


def _versions(fleet: Fleet) -> tuple[dict[str, list[dict[str, t.Any]]], dict[tuple[str, str], int]]:
    """For each pin set its versions as parts of a bar, and the colour of each."""
    shown: dict[str, list[dict[str, t.Any]]] = {}
    colours: dict[tuple[str, str], int] = {}
    for name, of in fleet.versions().items():
        parts = _parts([(version, float(hosts)) for version, hosts in of.items()])
        shown[name] = []
        for number, (version, x, width) in enumerate(parts):
            colours[name, version] = number % _COLOURS
            shown[name].append(
                {"version": version, "hosts": of[version], "colour": number % _COLOURS, "x": x, "width": width}
            )
    return shown, colours


def _row_of_page(row: Row, colours: dict[tuple[str, str], int]) -> dict[str, t.Any]:
    total = sum(number for _verdict, number in row.verdicts)
    parts = _parts([(verdict, number) for verdict, number in row.verdicts if number]) if total else []
    shares = dict(row.verdicts)
    kind = "bad" if row.in_trouble else "warn" if row.state in _WARN else "none" if row.state == NO_XDP else "good"
    return {
        **row._asdict(),
        "kind": kind,
        "words": row.state.replace("_", " ").replace("xdp", "XDP"),
        "colour": colours.get((row.pin_set or "", row.version or ""), 0),
        "bar": [
            {"verdict": verdict, "x": x, "width": width, "share": shares[verdict] / total}
            for verdict, x, width in parts
        ],
        "trend": _trend(row.rates),
        "busiest": sorted((rule for rule in row.rules if rule[2]), key=lambda rule: -rule[2])[:_RULES],
    }


def _parts(amounts: list[tuple[str, float]]) -> list[tuple[str, float, float]]:
    """Name, place and width of each on a bar 1000 wide."""
    total = sum(amount for _name, amount in amounts)
    found, x = [], 0.0
    for name, amount in amounts:
        width = 1000 * amount / total
        found.append((name, round(x, 2), round(width, 2)))
        x += width
    return found


def _trend(rates: t.Sequence[float]) -> str:
    """The points of a line from 0 at the bottom to the highest rate at the top; empty for fewer than two rates."""
    if len(rates) < 2:
        return ""
    width, height = _TREND
    most = max(rates) or 1.0
    step = width / (len(rates) - 1)
    return " ".join(
        f"{index * step:.1f},{height - 2 - rate / most * (height - 4):.1f}" for index, rate in enumerate(rates)
    )


def rate(value: float) -> str:
    """Three digits and a unit: 1.5 k, 14.9 M."""
    for factor, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= factor * 0.9995:
            return f"{value / factor:.3g}{unit}"
    return f"{value:.3g}"


def share(value: float) -> str:
    """A share from 0 to 1 as a percentage of three digits."""
    percent = 100 * value
    return "0 %" if not percent else "<0.01 %" if percent < 0.01 else f"{percent:.3g} %"
