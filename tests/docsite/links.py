# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follow the links of a built site: links.py DIRECTORY. Links to other sites are listed, and not fetched."""

from __future__ import annotations

import html.parser
import sys
import urllib.parse
from pathlib import Path


class Page(html.parser.HTMLParser):
    """What a page links to, and the anchors that can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            # What is an icon of the page itself is no link.
            if name in ("href", "src") and value is not None and tag != "use":
                self.links.add(value)


def follow(site: Path) -> tuple[list[str], set[str]]:
    """What is dead, as lines to print, and the addresses outside of the site."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    dead = []
    outside = set()
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urllib.parse.urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                outside.add(parts._replace(fragment="").geturl())
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if site.resolve() not in target.parents or not target.is_file():
                dead.append(f"{path.relative_to(site.resolve())}: {link}: no such page")
            elif parts.fragment and urllib.parse.unquote(parts.fragment) not in (
                pages[target].anchors if target in pages else ()
            ):
                dead.append(f"{path.relative_to(site.resolve())}: {link}: no such anchor")
    return dead, outside


def main() -> None:
    site = Path(sys.argv[1])
    dead, outside = follow(site)
    print(*sorted(outside), sep="\n")
    if dead:
        raise SystemExit("Dead links:\n" + "\n".join(dead))


if __name__ == "__main__":
    main()
