# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module with the arguments on standard input, and print its warnings alone: MODULE"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def _text(warning: Any) -> str:
    """A text; since ansible-core 2.19 an event that has it."""
    return warning if isinstance(warning, str) else warning["event"]["msg"]


def main() -> None:
    module = f"ansible_collections.ebpf.xdp.plugins.modules.{sys.argv[1]}"
    ran = subprocess.run([sys.executable, "-m", module], stdout=subprocess.PIPE, check=False)
    result = json.loads(ran.stdout)
    if result.get("failed"):
        sys.exit(str(result))
    print(json.dumps([_text(warning) for warning in result.get("warnings", [])]))


if __name__ == "__main__":
    main()
