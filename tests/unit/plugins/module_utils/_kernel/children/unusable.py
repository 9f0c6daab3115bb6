# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A child that lacks its library until so many interpreters were tried; it counts them in a file."""

import json
import os
import sys

if __name__ == "__main__":
    request = json.load(sys.stdin)
    with open(request["tries"], "ab") as file:
        file.write(b".")
    tries = os.path.getsize(request["tries"])
    usable = tries == request["usable_at"]
    json.dump({"tries": tries} if usable else {"not_usable": "no module named x"}, sys.stdout)
