# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open each page of a built site in headless Chromium: pages.py DIRECTORY [PICTURES [PAGE...]].

Fails if a page complains on the console, or is wider than a screen. With PICTURES, leaves pictures of these pages there.
"""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
import tempfile
from pathlib import Path

import websockets

sys.path.insert(0, str(Path(__file__).parents[1] / "integration/targets/fleet_report/files"))
from browser import Page, address

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
_LOOK = """({complaints,
    wide: document.documentElement.scrollWidth > innerWidth
        ? document.documentElement.scrollWidth + ' pixels: ' + [...document.body.querySelectorAll('*')]
            .filter(each => each.getBoundingClientRect().right > innerWidth + 1).slice(-1).map(each => each.outerHTML.slice(0, 120))
        : ''})"""


async def screen(page: Page, width: int, scheme: str = "light") -> None:
    await page.call("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=True)
    await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


async def look(page: Page, path: Path) -> list[str]:
    """What a reader of the page would stumble over."""
    page.console.clear()
    found = []
    await screen(page, _WIDTHS[0])
    await page.load(str(path.resolve()))
    for width in _WIDTHS:
        await screen(page, width)
        seen = await page.evaluate(_LOOK)
        if seen["wide"]:
            found.append(f"at {width} pixels it is as wide as {seen['wide']}")
    return [*found, *seen["complaints"], *page.console]


async def take(page: Page, path: Path, pictures: Path) -> None:
    for width in _WIDTHS:
        for scheme in ("light", "dark"):
            await screen(page, width, scheme)
            await page.load(str(path.resolve()))
            shot = await page.call("Page.captureScreenshot", format="png")
            (pictures / f"{path.stem}-{width}-{scheme}.png").write_bytes(base64.b64decode(shot["data"]))


async def look_at_all(url: str, site: Path, pictures: list[str]) -> list[str]:
    found = []
    async with websockets.connect(url, max_size=None) as socket:
        page = Page(socket)
        await page.call("Page.enable")
        await page.call("Log.enable")
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=_LISTEN)
        for path in sorted(site.rglob("*.html")):
            found += [f"{path.relative_to(site)}: {each}" for each in await look(page, path)]
        for name in pictures[1:]:
            await take(page, site / name, Path(pictures[0]))
    return found


def main() -> None:
    site = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        # Pages of files may not read others, which the search page does.
        command += ["--allow-file-access-from-files"]
        command += ["--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
            try:
                found = asyncio.run(look_at_all(address(profile), site, sys.argv[2:]))
            finally:
                browser.terminate()
    if found:
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
