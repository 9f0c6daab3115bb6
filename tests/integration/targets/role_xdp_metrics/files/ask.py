# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask Prometheus for each panel of a dashboard: URL DASHBOARD prints the titles of those that show nothing, or only zeros."""

from __future__ import annotations

import json
import sys
import time
import urllib.parse
import urllib.request
from typing import Any

_PATIENCE = 60


def values(url: str, expression: str) -> list[float]:
    for variable, value in (("$__rate_interval", "15s"), ("$instance", ".*"), ("$pin_set", ".*")):
        expression = expression.replace(variable, value)
    with urllib.request.urlopen(
        f"{url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}", timeout=20
    ) as answer:
        return [float(each["value"][1]) for each in json.load(answer)["data"]["result"]]


def main() -> None:
    url, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        panels: list[dict[str, Any]] = [each for each in json.load(file)["panels"] if each["type"] != "row"]
    deadline = time.monotonic() + _PATIENCE
    while True:
        empty = [
            each["title"]
            for each in panels
            if not any(value > 0 for target in each["targets"] for value in values(url, target["expr"]))
        ]
        if not empty or time.monotonic() > deadline:
            break
        time.sleep(1)
    print(json.dumps({"asked": len(panels), "empty": empty}))


if __name__ == "__main__":
    main()
