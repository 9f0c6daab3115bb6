# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""An object that was on trial and taken back is not to come back at boot."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout


def refuse_rolled_back(layout: Layout, digest: str, program: str) -> None:
    """Refuse to keep the object with this digest if the set's last trial was about it and was not confirmed.

    What is in force may be another program of the same object, and that may be kept.
    """
    text = record_links.read(layout.record)
    if text is None or '"trial":' not in text:
        return
    # Imported here, as hardly any run has to know more.
    from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records

    record = records.known(text, layout.record)
    tried = record.trial if record else None
    runs = record.program if record else None
    if runs is not None and (runs.object, runs.name) == (digest, program):
        return
    if tried is not None and tried.outcome != "confirmed" and tried.object == digest:
        how = "expired" if tried.outcome == "expired" else "was rolled back"
        raise XdpError(
            f"This object was on trial in the pin set {layout.path}, and the trial {how}: it is not in force, and must not come "
            f"back at boot. Nothing was changed. Deploy it with xdp_pin first, and keep it once it is confirmed"
        )
