# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A child that lacks its library until so many interpreters were tried; it counts them in a file."""

from __future__ import annotations

import os
from typing import Any


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    with open(request["tries"], "ab") as file:
        file.write(b".")
    tries = os.path.getsize(request["tries"])
    return {"tries": tries} if tries == request["usable_at"] else {"not_usable": "no module named x"}


if __name__ == "__main__":
    from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import serve

    serve(answer_to)
