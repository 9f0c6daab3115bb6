# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``ebpf-xdp metrics`` does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._metrics import exposition, textfile
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.collect import Collector
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.exposition import Sample


def write(pin_root: str, directory: str, output: str, limits: Mapping[str, float], tell: Callable[[str], None]) -> None:
    """Write the file, or remove it where no pin set is left; ``-`` is the standard output.

    ``limits`` are shares of packets that may be dropped, by pin set. ``tell`` gets a sentence for each set that could not be read.
    """
    samples = Collector(pin_root, directory, tell).samples()
    if samples is not None:
        samples += [Sample("drop_share_limit", limit, {"pin_set": name}) for name, limit in sorted(limits.items())]
    if output == "-":
        sys.stdout.write(exposition.text(samples or ()))
    elif samples is None:
        remove(output)
    else:
        textfile.write(output, exposition.text(samples))


def remove(output: str) -> None:
    """Remove the file: the exporter would show its last values for ever."""
    textfile.remove(output)
