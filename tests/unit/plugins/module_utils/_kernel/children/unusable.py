# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A child that lacks its library under every interpreter, or under all but the last that is asked for."""

from __future__ import annotations

import json
import sys

if __name__ == "__main__":
    request = json.load(sys.stdin)
    usable = sys.executable == request["usable"]
    json.dump({"interpreter": sys.executable} if usable else {"not_usable": "no module named x"}, sys.stdout)
