# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follow documents from top to bottom: write their files, run their commands and playbooks; of modules, the examples.

follow.py [--show] DOCUMENT...: with --show, what they print is shown, to be pasted into them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import blocks
from blocks import Block, WrongDocument
from lab import CONTROLLER, Lab

# What Ansible looks for by itself.
_TAKEN_BY_ANSIBLE = re.compile(r"ansible\.cfg$|(group|host)_vars/")

# Modules that leave something behind for the next one.
_CHANGES = re.compile(r"^ +ebpf\.xdp\.xdp_(boot|compile|filter|map|pin|test):", re.MULTILINE)

_PLAY = """\
- hosts: edge_routers
  become: true
  gather_facts: false
  tasks:
"""


def _normal(text: str) -> list[str]:
    """Lines without what differs each time: numbers, digests, and how wide a column is."""
    words = re.sub(r"\b[0-9a-f]{16,64}\b|(?<![\w=.])[0-9][0-9.,]*", "0", text)
    return [" ".join(line.split()) for line in words.splitlines() if line.strip()]


class Follower:
    """In a lab of its own, in a directory that is the user's."""

    def __init__(self, lab: Lab, show: bool, said: list[str]) -> None:
        """What is run is added to ``said``, and with ``show`` what that prints."""
        self._lab = lab
        self._show = show
        self._said = said
        self._directory = os.path.join(lab.directory, "user")
        os.mkdir(self._directory)
        self._unused: dict[str, int] = {}
        self._printed = ""

    def follow(self, document: list[Block]) -> None:
        for block in document:
            self._use(block)
        for name, line in self._unused.items():
            raise WrongDocument(f"line {line}: nothing uses the file {name}")

    def _use(self, block: Block) -> None:
        if "not run" in block.marks:
            if not block.marks["not run"]:
                raise WrongDocument(f"line {block.line}: it says not why it is not run")
            return
        for name in [name for name in self._unused if os.path.basename(name) in block.text]:
            del self._unused[name]
        if "file" in block.marks:
            self._write(block.marks["file"], block.text)
            if not _TAKEN_BY_ANSIBLE.match(block.marks["file"]):
                self._unused[block.marks["file"]] = block.line
        elif block.language == "shell":
            self._run(block, ["bash", "-euo", "pipefail", "-c", f"cd {self._directory}\n{block.text}"])
        elif block.language == "yaml":
            self._play(block)
        elif "printed" in block.marks:
            missing = [line for line in _normal(block.text) if line not in _normal(self._printed)]
            if missing:
                raise WrongDocument(f"line {block.line}: was not printed: {missing}\n\n{self._printed}")

    def _play(self, block: Block) -> None:
        text = block.text
        if not re.search(r"^(- |  )hosts:", text, re.MULTILINE):
            text = _PLAY + re.sub("^(?=.)", "    ", text, flags=re.MULTILINE)
        name = f"block-{block.line}.yml"
        self._write(name, text)
        self._run(block, ["sh", "-c", f"cd {self._directory} && exec ansible-playbook {name}"])

    def _write(self, name: str, text: str) -> None:
        path = os.path.join(self._directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def _run(self, block: Block, command: list[str]) -> None:
        # The document may bring settings of its own.
        environment = {name: value for name, value in os.environ.items() if name != "ANSIBLE_CONFIG"}
        start = time.monotonic()
        result = subprocess.run(
            [*self._lab.on(block.marks.get("on", CONTROLLER)), *command],
            check=False,
            env={**environment, **self._lab.environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._said.append(f"    line {block.line}: {time.monotonic() - start:.1f} s")
        if self._show:
            self._said.append(result.stdout)
        self._printed = result.stdout
        said = block.marks.get("fails")
        if said is None and result.returncode != 0:
            raise WrongDocument(f"line {block.line}: it fails with status {result.returncode}:\n{result.stdout}")
        if said is not None and (result.returncode == 0 or said not in " ".join(result.stdout.split())):
            raise WrongDocument(f"line {block.line}: it does not fail, or does not say {said!r}:\n{result.stdout}")


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _documents(paths: list[str]) -> Iterator[tuple[str, list[Block]]]:
    """Each with its blocks. Modules' examples want what is prepared for them, once."""
    for path in paths:
        if not path.endswith(".py"):
            yield path, blocks.of(_read(path))
            continue
        if path == paths[0]:
            prepared = os.path.join(os.path.dirname(os.path.abspath(__file__)), "examples.md")
            yield prepared, blocks.of(_read(prepared))
        yield path, [blocks.of_examples(_read(path))]


def follow(paths: list[str], show: bool, bytecode: str) -> tuple[bool, str]:
    """Follow these one after the other in one lab: whether all of them hold, and what there is to say of it."""
    lines: list[str] = []
    path = paths[0]
    try:
        with ExitStack() as held:
            directory = held.enter_context(tempfile.TemporaryDirectory(prefix="ebpf-xdp-", dir="/tmp"))
            follower = Follower(Lab(directory, bytecode, held), show, lines)
            for path, document in _documents(paths):
                lines.append(path)
                follower.follow(document)
    except WrongDocument as error:
        return False, "\n".join([*lines, f"{path}: {error}", ""])
    return True, "\n".join([*lines, ""])


def together(paths: list[str]) -> list[list[str]]:
    """What shares a lab: the modules whose examples only read, as making a lab ready takes longer than they do."""
    reading = [
        path for path in paths if path.endswith(".py") and not _CHANGES.search(blocks.of_examples(_read(path)).text)
    ]
    return [*([reading] if reading else []), *([path] for path in paths if path not in reading)]


def main() -> int:
    show = "--show" in sys.argv
    paths = [argument for argument in sys.argv[1:] if argument != "--show"]
    # Two at a time: a playbook waits about as long as it computes.
    with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory(prefix="ebpf-xdp-", dir="/tmp") as bytecode:
        results = list(pool.map(partial(follow, show=show, bytecode=bytecode), together(paths)))
    for _holds, said in results:
        sys.stdout.write(said)
    return 0 if all(holds for holds, _said in results) else 1


if __name__ == "__main__":
    sys.exit(main())
