# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A child that ends as it is told, without an answer."""

import json
import os
import sys

if __name__ == "__main__":
    request = json.load(sys.stdin)
    if "signal" in request:
        os.kill(os.getpid(), request["signal"])
    sys.exit(request["says"])
