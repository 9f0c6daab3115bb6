# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What to tell the user where the next boot brings back something other than what is in force."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept import Difference, Kept


def warning(kept: Kept, name: str, path: str, removed: bool) -> str:
    """``kept`` is ``different``, ``path`` the file, and ``removed`` whether the run was to take the set away.

    One that took the maps alone left the program in force.
    """
    if kept.trouble:
        return (
            f"What is kept of the pin set {name} cannot come back at boot. {kept.trouble}. "
            f"Keep it again with ebpf.xdp.xdp_boot, or set warn_kept: false"
        )
    if removed and any(each.what == "program" and each.in_force is None for each in kept.differences):
        return (
            f"The pin set {name} is still kept in {path} and comes back at boot, or when one of its interfaces appears. "
            f"Remove it with ebpf.xdp.xdp_boot and state: absent, or set warn_kept: false"
        )
    return (
        f"What is in force of the pin set {name} differs from what is kept in {path}, which comes back at boot: "
        f"{'; '.join(_phrase(each) for each in kept.differences)}. Keep what is in force with ebpf.xdp.xdp_boot, or set warn_kept: false"
    )


def _phrase(difference: Difference) -> str:
    what, kept, in_force = difference
    if what == "object":  # as much of the digests as people compare
        kept, in_force = str(kept)[:12], str(in_force)[:12]
    return f"{what}: kept {kept or 'none'}, in force {in_force or 'none'}"
