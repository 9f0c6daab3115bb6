# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What an installed boot program says of itself, without being run."""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress

#: What runs the file. -I: nothing from the environment or the working directory becomes code that root runs.
INTERPRETER = b"#!/usr/bin/env -S %s -I\n"

#: How the file begins in every version: what runs it, and the signature of a zip archive's first entry.
BEGINNING = INTERPRETER % b"python3" + b"PK\3\4"

_BEGINNING = re.compile(re.escape(INTERPRETER).replace(b"%s", b"[^ \n]+") + b"PK\3\4")

#: Bytes that a beginning has at most: the path of an interpreter, and what is around it.
LONGEST_BEGINNING = 4096 + len(BEGINNING)

_COMMENT = "ebpf.xdp reads saved sets up to "


#: What a program adds that leaves pin sets alone which are on trial.
_TRIALS = " and waits for trials"


def comment(latest: int) -> bytes:
    """The comment of the zip archive: the last format of kept sets that the program reads, and whether it knows trials."""
    return f"{_COMMENT}{latest}{_TRIALS}".encode()


def is_ours(begins: bytes) -> bool:
    """Whether a file that begins with this is a boot program of the collection."""
    return _BEGINNING.match(begins) is not None


def knows_trials(path: str) -> bool:
    """Whether the program that is installed there waits for the end of a trial; true where nothing is installed."""
    try:
        with zipfile.ZipFile(path) as zip_file:
            return zip_file.comment.endswith(_TRIALS.encode())
    except FileNotFoundError:
        return True
    except (OSError, zipfile.BadZipFile):
        return False


def latest_read(path: str) -> int:
    """That format; 0 where the program does not say, which is so for versions that read nothing after format 3."""
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as zip_file:
        found = re.fullmatch(re.escape(_COMMENT.encode()) + b"([1-9][0-9]{0,8}).*", zip_file.comment)
        return int(found.group(1)) if found else 0
    return 0
