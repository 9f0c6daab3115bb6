# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw what upgrade_line.py has measured: upgrade_picture.py LINES.json PICTURE.svg"""

from __future__ import annotations

import json
import sys
import typing as t
from xml.sax.saxutils import escape

_WIDTH = 900
_LEFT, _RIGHT = 24, 24
_TOP, _LANE, _BARS = 74, 118, 56
_BOTTOM = 88

#: What packets met, in the order of a line's numbers: class and words.
_KINDS = (("old", "the old program"), ("new", "the new program"), ("none", "no program"), ("lost", "lost"))

_TITLES = {
    "xdp_pin": "ebpf.xdp.xdp_pin",
    "shell": "ip link set … xdpdrv off && ip link set … xdpdrv obj …",
    "tasks": "the same two commands, a task each",
}

# Colours of Okabe and Ito, told apart by readers who see fewer of them.
_STYLE = """
text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: #1f2328 }
.head { font-size: 17px; font-weight: 600 }
.name { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-weight: 600 }
.faint { fill: #59636e }
.alarm { fill: #b3400a; font-weight: 600 }
.fine { fill: #0b6b4d; font-weight: 600 }
.page { fill: #ffffff }
.axis { stroke: #8c959f; stroke-width: 1 }
.begin { stroke: #8c959f; stroke-width: 1 }
.old { fill: #0072b2 }
.new { fill: #009e73 }
.none { fill: #d55e00 }
.lost { fill: #8250df }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .faint { fill: #9ea7b3 }
  .alarm { fill: #ff9b57 }
  .fine { fill: #4fd1a5 }
  .page { fill: #0d1117 }
  .old { fill: #4aa3df }
  .new { fill: #2bbd91 }
  .none { fill: #ee7b2d }
  .lost { fill: #b08cff }
}
"""


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _verdict(line: dict[str, t.Any]) -> tuple[str, str]:
    if not line["none"] and not line["lost"]:
        return "fine", f"none of {line['sent']:,} packets lost, none without a program"
    words = []
    if line["none"]:
        words.append(f"{line['none']:,} packets met no program, for {line['seconds'] * 1000:,.0f} ms")
    if line["lost"]:
        words.append(f"{line['lost']:,} {'was' if line['lost'] == 1 else 'were'} lost")
    return "alarm", ", ".join(words)


def _lane(line: dict[str, t.Any], top: float, tallest: int) -> list[str]:
    bins = line["bins"]
    wide = (_WIDTH - _LEFT - _RIGHT) / len(bins)
    kind, words = _verdict(line)
    parts = [
        _text(_LEFT, top, _TITLES[line["way"]], "name"),
        _text(_WIDTH - _RIGHT, top, words, kind, "end"),
    ]
    floor = top + 14 + _BARS
    for number, counts in enumerate(bins):
        y = floor
        for (what, _words), count in zip(_KINDS, counts):
            if count:
                height = count / tallest * _BARS
                y -= height
                x = _LEFT + number * wide
                parts.append(
                    f'<rect class="{what}" x="{x:.2f}" y="{y:.2f}" width="{wide - 0.8:.2f}" height="{height:.2f}"/>'
                )
    begin = _LEFT - line["first"] * wide
    parts.append(f'<path class="axis" d="M{_LEFT} {floor:g}H{_WIDTH - _RIGHT}"/>')
    parts.append(f'<path class="begin" d="M{begin:g} {top + 7:g}V{floor + 6:g}"/>')
    return parts


def picture(measured: dict[str, t.Any]) -> str:
    lines = measured["lines"]
    height = _TOP + _LANE * len(lines) + _BOTTOM - 36
    tallest = max(sum(counts) for line in lines for counts in line["bins"])
    first, step, count = lines[0]["first"], lines[0]["step"], len(lines[0]["bins"])
    wide = (_WIDTH - _LEFT - _RIGHT) / count
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        "<title>What packets meet while an XDP program is upgraded</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{height}" rx="6"/>',
        _text(_LEFT, 32, f"What packets meet while an XDP program is upgraded, in each {step * 1000:g} ms", "head"),
    ]
    x = float(_LEFT)
    for what, words in _KINDS:
        parts += [
            f'<rect class="{what}" x="{x:g}" y="45" width="11" height="11" rx="2"/>',
            _text(x + 17, 55, words, "faint"),
        ]
        x += 17 + 8 * len(words) + 18
    bottom = _TOP + _LANE * len(lines) - 22
    for number, line in enumerate(lines):
        parts += _lane(line, _TOP + 18 + number * _LANE, tallest)
    for tick in range(count + 1):
        at = (first + tick) * step
        if round(at * 10, 6) % 2 == 0:
            words = "the program changes" if not round(at, 6) else f"{at * 1000:+,.0f} ms"
            parts.append(
                _text(_LEFT + tick * wide, bottom + 18, words.replace("-", "\N{MINUS SIGN}"), "faint", "middle")
            )
    said = f"Linux {measured['kernel']}, veth in native mode, 10 packets each millisecond, over SSH"
    parts += [
        _text(_LEFT, height - 14, said, "faint"),
        _text(_WIDTH - _RIGHT, height - 14, "tests/bench/upgrade_line.sh", "faint", "end"),
    ]
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        drawn = picture(json.load(file))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(drawn)


if __name__ == "__main__":
    main()
