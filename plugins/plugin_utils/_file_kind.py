# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a file is that cannot be a program, by its first bytes: for messages."""

from __future__ import annotations

import re

_MAGIC = (
    (b"BC\xc0\xde", "LLVM bitcode, which llc -march=bpf -filetype=obj makes an ELF object of"),
    (b"!<arch>\n", "an archive of objects (.a)"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"\xfd7zXZ\0", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"BZh", "compressed by bzip2"),
    (b"PK\x03\x04", "a zip archive"),
    (b"; ModuleID", "LLVM's assembly, which llc -march=bpf -filetype=obj makes an ELF object of"),
    (b"$ANSIBLE_VAULT;", "under ansible-vault, and could not be decrypted"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"---\n", "a YAML file"),
)

_SCRIPT = re.compile(rb"#!(.{1,80})")

# The C text of bcc's Python programs is a literal in them.
_IMPORT_OF_BCC = re.compile(rb"^(?:from bcc import|import bcc)\b", re.MULTILINE)
_USE_OF_BCC = re.compile(rb"\bBPF\s*\(")


def kind(data: bytes) -> str | None:
    """What the file is; ``None`` for what may be C, or is not known."""
    # One after the other: an expression for both would look for the end again from each import.
    imported = _IMPORT_OF_BCC.search(data)
    if imported and _USE_OF_BCC.search(data, imported.end()):
        return "a Python program. Put the C text that it gives to BPF(text=...) into a file of its own"
    script = _SCRIPT.match(data)
    if script:
        return f"a script for {script.group(1).decode(errors='replace').strip()}"
    start = data.lstrip()
    for magic, what in _MAGIC:
        if data.startswith(magic) or start.startswith(magic):
            return what
    return None
