# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much each module sends to a host, beside ping."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.tests.bench import samples
from ansible_collections.ebpf.xdp.tests.unit.plugins.modules.payloads import MODULES, PING, payloads


def main() -> None:
    found = payloads()
    for module in MODULES:
        samples.add(f"payload of {module}", found[module].size, "bytes", base=found[PING].size)
        samples.add(f"payload of {module}, code alone", found[module].bare, "bytes", base=found[PING].size)


if __name__ == "__main__":
    main()
