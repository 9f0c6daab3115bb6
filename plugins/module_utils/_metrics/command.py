# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What ``ebpf-xdp metrics`` does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._metrics import collect, exceptions, exposition, textfile
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.exposition import Sample
from ansible_collections.ebpf.xdp.plugins.module_utils._survey.survey import Survey


def write(
    pin_root: str,
    directory: str,
    output: str,
    limits: Mapping[str, float],
    tell: Callable[[str], None],
    put: Callable[[str], None],
) -> None:
    """Write the file, or remove it where no pin set is left, nor a monitor; ``-`` hands the text to ``put``.

    ``limits`` are shares of packets that may be dropped, by pin set. ``tell`` gets a sentence for each set that could not be read.
    """
    survey = Survey(pin_root, directory)
    found = collect.samples(survey)
    found += [Sample("drop_share_limit", limit, {"pin_set": name}) for name, limit in sorted(limits.items())]
    text = exposition.exposed(found)
    for failed in survey.failed:
        tell(failed.described())
    if output == "-":
        put(text)
    elif survey.names or survey.failed or any(each.family == exceptions.LOST for each in found):
        textfile.write(output, text)
    else:
        remove(output)


def remove(output: str) -> None:
    """Remove the file: the exporter would show its last values for ever."""
    textfile.remove(output)
