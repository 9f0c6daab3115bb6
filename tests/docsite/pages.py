# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open each page of a built site in headless Chromium: pages.py DIRECTORY [PICTURES [PAGE...]].

Fails if a page complains on the console, or is wider than a screen. With PICTURES, leaves pictures of these pages there.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration/targets/fleet_report/files"))
from chromium import Page, with_page

_WIDTHS = (1280, 390)
#: Runs before a page's own scripts. The browser's log, which Page reads, has no exceptions and nothing of console.error.
_LISTEN = """
window.complaints = [];
addEventListener('error', event => complaints.push(event.message || 'cannot load ' + event.target.outerHTML), true);
addEventListener('unhandledrejection', event => complaints.push(String(event.reason)));
for (const level of ['error', 'warn']) {
    const original = console[level];
    console[level] = (...words) => { complaints.push(words.join(' ')); original(...words); };
}
"""
#: Not innerWidth: on the screen of a telephone that becomes as wide as the page.
_LOOK = """({complaints,
    wide: document.documentElement.scrollWidth > screen.width
        ? document.documentElement.scrollWidth + ' pixels: ' + [...document.body.querySelectorAll('*')]
            .filter(each => each.getBoundingClientRect().right > screen.width + 1).slice(-1).map(each => each.outerHTML.slice(0, 120))
        : ''})"""


async def look(page: Page, path: Path) -> list[str]:
    """What a reader of the page would stumble over."""
    page.console.clear()
    found = []
    await page.screen(_WIDTHS[0])
    await page.load(str(path.resolve()))
    for width in _WIDTHS:
        await page.screen(width)
        seen = await page.evaluate(_LOOK)
        if seen["wide"]:
            found.append(f"at {width} pixels it is as wide as {seen['wide']}")
    return [*found, *seen["complaints"], *page.console]


async def take(page: Page, path: Path, pictures: Path) -> None:
    for width in _WIDTHS:
        for scheme in ("light", "dark"):
            await page.screen(width, scheme)
            await page.load(str(path.resolve()))
            await page.take(str(pictures / f"{path.stem}-{width}-{scheme}.png"))


async def look_at_all(page: Page, site: Path, pictures: list[str]) -> list[str]:
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=_LISTEN)
    found = []
    for path in sorted(site.rglob("*.html")):
        found += [f"{path.relative_to(site)}: {each}" for each in await look(page, path)]
    for name in pictures[1:]:
        await take(page, site / name, Path(pictures[0]))
    return found


def main() -> None:
    site = Path(sys.argv[1])
    # Without the option, pages of files may not read others, which the search page does.
    found = with_page(lambda page: look_at_all(page, site, sys.argv[2:]), "--allow-file-access-from-files")
    if found:
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
