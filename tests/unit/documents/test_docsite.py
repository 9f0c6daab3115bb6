# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the built docsite find what is wrong with a page."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT

_CHECKS = ROOT / "tests" / "docsite"
_PAGE = """<!doctype html><html lang="en"><head><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><h1 id="top">A page</h1>{}</body></html>"""
_GOOD = {
    "index.html": '<a href="guide/">The guide</a> <a href="guide/index.html#end">its end</a> <a href="#top">Up</a>',
    "guide/index.html": '<a href="../index.html#top">Back</a> <a id="end" href="https://example.com/a#b">Elsewhere</a>',
}
#: What is wrong with a page, and what the check says of it.
_DEAD = {
    '<a href="nowhere.html">x</a>': "nowhere.html: no such page",
    '<a href="guide/index.html#nowhere">x</a>': "guide/index.html#nowhere: no such anchor",
    '<a href="#nowhere">x</a>': "#nowhere: no such anchor",
    '<img src="nowhere.png" alt="">': "nowhere.png: no such page",
    '<a href="../outside.html">x</a>': "../outside.html: no such page",
}
_SPOILED = {
    "error.html": ("<script>console.error('spoiled')</script>", "spoiled"),
    "warning.html": ("<script>console.warn('spoiled')</script>", "spoiled"),
    "exception.html": ("<script>nothing.here()</script>", "nothing is not defined"),
    "rejected.html": ("<script>Promise.reject('spoiled')</script>", "spoiled"),
    "missing.html": ('<img src="nowhere.png" alt="">', "nowhere.png"),
    "wide.html": ('<div style="width: 800px">x</div>', "at 390 pixels it is as wide as 80"),
}


def _site(directory: Path, bodies: dict[str, str]) -> Path:
    for name, body in bodies.items():
        path = directory / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_PAGE.format(body), encoding="utf-8")
    return directory / "site"


def _check(program: str, site: Path) -> tuple[int, list[str]]:
    """The status, and the lines that it complains with."""
    command = [sys.executable, str(_CHECKS / program), str(site)]
    result = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return result.returncode, result.stderr.splitlines()


def test_links_that_lead_somewhere_pass(tmp_path: Path) -> None:
    assert _check("links.py", _site(tmp_path, _GOOD)) == (0, [])


@pytest.mark.parametrize(("body", "said"), _DEAD.items())
def test_a_dead_link_is_found(tmp_path: Path, body: str, said: str) -> None:
    (tmp_path / "outside.html").write_text(_PAGE, encoding="utf-8")
    site = _site(tmp_path, {**_GOOD, "spoiled.html": body})
    assert _check("links.py", site) == (1, ["Dead links:", f"spoiled.html: {said}"])


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium, as the check itself does")
def test_what_a_reader_would_stumble_over_is_found(tmp_path: Path) -> None:
    pytest.importorskip("websockets")
    bodies = {name: body for name, (body, _said) in _SPOILED.items()}
    status, lines = _check("pages.py", _site(tmp_path, {**_GOOD, **bodies}))
    assert status == 1
    for name, (_body, said) in _SPOILED.items():
        assert any(line.startswith(f"{name}: ") and said in line for line in lines), (name, lines)
    # Nothing else: the other pages are as they should be.
    assert {line.partition(":")[0] for line in lines} == {*_SPOILED}


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium, as the check itself does")
def test_pages_that_are_as_they_should_be_pass(tmp_path: Path) -> None:
    pytest.importorskip("websockets")
    assert _check("pages.py", _site(tmp_path, _GOOD)) == (0, [])
