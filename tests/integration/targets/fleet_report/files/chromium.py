# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One page of headless Chromium, over the DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import websockets

_Found = TypeVar("_Found")

#: Seconds. A slow machine takes a minute to examine a page of 500 hosts.
_PATIENCE = 300
_COMMAND = ("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


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

    async def screen(self, width: int, scheme: str = "light") -> None:
        """Show pages as a screen of this width does, which --window-size cannot below 500 pixels."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=True
        )
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def take(self, picture: str) -> None:
        shot = await self.call("Page.captureScreenshot", format="png")
        with open(picture, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

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


def with_page(look: Callable[[Page], Awaitable[_Found]], *options: str) -> _Found:
    """Start a browser, with these options of its own, and return what ``look`` finds with its page."""
    with tempfile.TemporaryDirectory() as profile:
        command = [*_COMMAND, *options, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return asyncio.run(_with_page(look, _address(profile)))
        finally:
            browser.terminate()
            browser.wait(_PATIENCE)


async def _with_page(look: Callable[[Page], Awaitable[_Found]], url: str) -> _Found:
    async with websockets.connect(url, max_size=None) as socket:
        page = Page(socket)
        await page.call("Page.enable")
        await page.call("Log.enable")
        return await look(page)


def _address(profile: str) -> str:
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
