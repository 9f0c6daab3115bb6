# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of Sphinx for the docsite: "nox -s docsite" builds it.

The guides are the Markdown files of docs/, read as they are by MyST-Parser. The pages of modules and roles are made by
antsibull-docs, in collection/. The directory that Sphinx reads is laid out like the repository, so that a link of a
guide leads to the same place here and on a forge.
"""

from __future__ import annotations

import re
import shutil
import zlib
from pathlib import Path
from typing import Any

import yaml
from pygments.lexers.templates import YamlJinjaLexer

_HERE = Path(__file__).parent
_REPOSITORY = yaml.safe_load((_HERE / "links.yml").read_text())["edit_on_github"]
_SECTIONS = yaml.safe_load((_HERE / "guides.yml").read_text())["sections"]
_FURO_CONTENTS = "this-will-duplicate-information-and-it-is-still-useful-here"

project = "ebpf.xdp"
html_title = "ebpf.xdp"
author = "the ebpf.xdp contributors"
root_doc = "README"
include_patterns = ["*.md", "*.rst", "docs/**.md", "roles/*/README.md", "collection/*.rst"]
# The index of environment variables, of which no plugin has any.
exclude_patterns = ["collection/environment_variables.rst"]

extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
nitpicky = True
default_role = "any"  # what antsibull-docs writes needs it
myst_heading_anchors = 4  # the anchors that a forge gives to headings
smartquotes_action = "D"  # dashes in the titles of modules; quotes stay as they are written

html_theme = "furo"
html_theme_options = {
    "source_repository": f"https://github.com/{_REPOSITORY['repository']}/",
    "source_branch": _REPOSITORY["branch"],
    "source_directory": _REPOSITORY["path_prefix"],
    "top_of_page_buttons": ["edit"],
}
html_copy_source = False
html_show_sphinx = False
html_use_index = False
antsibull_ext_color_scheme = "default-autodark"


def _navigation(_app: Any, name: str, source: list[str]) -> None:
    """Put the sections of guides.yml into the navigation, with antsibull-docs' pages and the files of the root."""
    if name == root_doc:
        sections = {each["title"]: [f"docs/{guide}" for guide in each["toctree"]] for each in _SECTIONS}
        sections["Reference"].insert(0, "collection/index")
        sections["Develop"].append("*")
        for title, pages in sections.items():
            source[0] += "\n".join(["", "```{toctree}", ":hidden:", ":glob:", f":caption: {title}", *pages, "```", ""])


def _generated(_app: Any, name: str, source: list[str]) -> None:
    """Fit what antsibull-docs writes into this site."""
    if not name.startswith("collection/"):
        return
    text = source[0]
    # Furo has the contents of a page at its side, where there is room, and wants to be told that this is on purpose.
    text = text.replace(".. contents::\n", f".. contents::\n   :class: {_FURO_CONTENTS}\n")
    if name == "collection/index":
        title = "Modules and roles"
        text = text.replace("\nEbpf.Xdp\n========\n", f"\n{title}\n{'=' * len(title)}\n")
        # The guides have a place of their own in the navigation.
        text = re.sub(
            r"^.+\n-+\n\n\.\. toctree::\n    :maxdepth: 1\n\n(    docsite/.*\n)+", "", text, flags=re.MULTILINE
        )
        text = re.sub(r"^    (xdp_\w+)_module$", r"    \1 <\1_module>", text, flags=re.MULTILINE)
        text = re.sub(r"^    (xdp_\w+)_role$", r"    \1 (role) <\1_role>", text, flags=re.MULTILINE)
    source[0] = text


def _edit_link(_app: Any, page: str, _template: str, context: dict[str, Any], _document: Any) -> None:
    """Pages that antsibull-docs makes have a link of their own to what they are made of."""
    if page.startswith("collection/"):
        context["page_source_suffix"] = ""


def _index_pages(app: Any, error: Exception | None) -> None:
    """What a web server shows of a directory is its README, as on a forge."""
    if error is None:
        for page in Path(app.outdir).rglob("README.html"):
            shutil.copy(page, page.with_name("index.html"))


def _ansible_core(app: Any, _config: Any) -> None:
    """Make the inventory of ansible-core's documentation that intersphinx reads, of the few labels that are needed."""
    listed = [line for line in (_HERE / "ansible-core.txt").read_text().splitlines() if line[:1] not in ("", "#")]
    entries = (line.split(None, 2) for line in listed)
    lines = "".join(f"{label} std:label -1 {page} {title}\n" for label, page, title in entries)
    header = (
        "# Sphinx inventory version 2\n# Project: Ansible\n# Version: \n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    inventory = Path(app.doctreedir) / "ansible-core.inv"
    inventory.parent.mkdir(parents=True, exist_ok=True)
    inventory.write_bytes(header.encode() + zlib.compress(lines.encode()))
    app.config.intersphinx_mapping = {
        "ansible": ("https://docs.ansible.com/projects/ansible/latest/", str(inventory)),
    }


def setup(app: Any) -> None:
    """What Sphinx calls first."""
    app.add_lexer("yaml", YamlJinjaLexer)
    # Before intersphinx looks at its setting.
    app.connect("config-inited", _ansible_core, priority=100)
    app.connect("source-read", _navigation)
    app.connect("source-read", _generated)
    app.connect("html-page-context", _edit_link)
    app.connect("build-finished", _index_pages)
