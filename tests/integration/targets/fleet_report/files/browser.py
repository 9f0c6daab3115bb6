# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at pages in headless Chromium: WORK PAGE... prints, for each page and screen, what a reader would stumble over.

Device metrics are set over the DevTools protocol, as --window-size ends at 500 pixels. Pictures are left in WORK.
"""

from __future__ import annotations

import asyncio
import base64
import importlib.resources
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any

import websockets

_SCREENS = ((1280, "light"), (390, "light"), (1280, "dark"), (390, "dark"))
#: Seconds. A slow machine takes a minute to examine a page of 500 hosts.
_PATIENCE = 300
#: Rows of a page that is examined on the first screen only, for that reason: what others show of it is the same.
_LARGE = 100
_LOOK = """({
    overflows: document.documentElement.scrollWidth > innerWidth,
    rows: document.querySelectorAll('tbody tr').length,
    bold: document.querySelectorAll('b').length,
    width: innerWidth,
})"""
_AXE = """axe.run(document, {resultTypes: ['violations']}).then(found =>
    found.violations.map(each => each.id + ': ' + each.nodes[0].html + ': ' + each.nodes[0].failureSummary))"""


class Page:
    """One page of the browser, over its WebSocket."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._calls = 0
        #: What the browser has complained about.
        self.console: list[str] = []

    async def call(self, method: str, **parameters: Any) -> Any:
        self._calls += 1
        await self._socket.send(json.dumps({"id": self._calls, "method": method, "params": parameters}))
        return (await self._until(lambda message: message.get("id") == self._calls))["result"]

    async def load(self, path: str) -> None:
        await self.call("Page.navigate", url=f"file://{path}")
        await self._until(lambda message: message.get("method") == "Page.loadEventFired")

    async def evaluate(self, expression: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{expression[:60]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def _until(self, wanted: Any) -> Any:
        while True:
            message = json.loads(await asyncio.wait_for(self._socket.recv(), _PATIENCE))
            if message.get("method") == "Log.entryAdded":
                self.console.append(message["params"]["entry"]["text"])
            if wanted(message):
                return message


async def look(page: Page, path: str, width: int, scheme: str, picture: str, axe: str) -> dict[str, Any]:
    await page.call("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=True)
    await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.console.clear()
    await page.load(path)
    found = await page.evaluate(_LOOK)
    found["console"] = list(page.console)
    found["violations"] = []
    if found["rows"] < _LARGE or (width, scheme) == _SCREENS[0]:
        # Only now, as the page's own policy lets no script in.
        await page.evaluate(axe)
        found["violations"] = await page.evaluate(_AXE)
    shot = await page.call("Page.captureScreenshot", format="png")
    with open(picture, "wb") as file:
        file.write(base64.b64decode(shot["data"]))
    return {"path": path, "scheme": scheme, **found}


async def look_at_all(url: str, work: str, paths: list[str]) -> list[dict[str, Any]]:
    axe = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    async with websockets.connect(url, max_size=None) as socket:
        page = Page(socket)
        await page.call("Page.enable")
        await page.call("Log.enable")
        found = []
        for path in paths:
            for width, scheme in _SCREENS:
                name = os.path.splitext(os.path.basename(path))[0]
                picture = os.path.join(work, f"{name}-{width}-{scheme}.png")
                found.append(await look(page, path, width, scheme, picture, axe))
        return found


def address(profile: str) -> str:
    """Where the browser listens, which it writes when it does."""
    port = os.path.join(profile, "DevToolsActivePort")
    deadline = time.monotonic() + _PATIENCE
    while not os.path.exists(port) or not open(port, encoding="utf-8").read().count("\n"):  # noqa: SIM115
        if time.monotonic() > deadline:
            raise SystemExit("The browser does not listen")
        time.sleep(0.1)
    with open(port, encoding="utf-8") as file:
        number = file.readline().strip()
    with urllib.request.urlopen(f"http://127.0.0.1:{number}/json", timeout=_PATIENCE) as answer:
        targets = json.load(answer)
    return str(next(each["webSocketDebuggerUrl"] for each in targets if each["type"] == "page"))


def main() -> None:
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += ["--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            print(json.dumps(asyncio.run(look_at_all(address(profile), sys.argv[1], sys.argv[2:]))))
        finally:
            browser.terminate()
            browser.wait(_PATIENCE)


if __name__ == "__main__":
    main()
