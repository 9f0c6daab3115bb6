# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at pages in headless Chromium: WORK PAGE... prints, for each page and screen, what a reader would stumble over.

Pictures are left in WORK.
"""

from __future__ import annotations

import importlib.resources
import json
import os
import sys
from typing import Any

from chromium import Page, with_page

_SCREENS = ((1280, "light"), (390, "light"), (1280, "dark"), (390, "dark"))
#: Rows of a page that is examined on the first screen only, for that reason: what others show of it is the same.
_LARGE = 100
#: Not innerWidth: on the screen of a telephone that becomes as wide as the page.
_LOOK = """({
    overflows: document.documentElement.scrollWidth > screen.width,
    rows: document.querySelectorAll('tbody tr').length,
    bold: document.querySelectorAll('b').length,
    width: innerWidth,
})"""
_AXE = """axe.run(document, {resultTypes: ['violations']}).then(found =>
    found.violations.map(each => each.id + ': ' + each.nodes[0].html + ': ' + each.nodes[0].failureSummary))"""


async def look(page: Page, path: str, width: int, scheme: str, picture: str, axe: str) -> dict[str, Any]:
    await page.screen(width, scheme)
    page.console.clear()
    await page.load(path)
    found = await page.evaluate(_LOOK)
    found["console"] = list(page.console)
    found["violations"] = []
    if found["rows"] < _LARGE or (width, scheme) == _SCREENS[0]:
        # Only now, as the page's own policy lets no script in.
        await page.evaluate(axe)
        found["violations"] = await page.evaluate(_AXE)
    await page.take(picture)
    return {"path": path, "scheme": scheme, **found}


async def look_at_all(page: Page, work: str, paths: list[str]) -> list[dict[str, Any]]:
    axe = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    found = []
    for path in paths:
        for width, scheme in _SCREENS:
            name = os.path.splitext(os.path.basename(path))[0]
            picture = os.path.join(work, f"{name}-{width}-{scheme}.png")
            found.append(await look(page, path, width, scheme, picture, axe))
    return found


def main() -> None:
    print(json.dumps(with_page(lambda page: look_at_all(page, sys.argv[1], sys.argv[2:]))))


if __name__ == "__main__":
    main()
