#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# On a fleet (FLEET_INIT=systemd fleet.sh run 4 tests/fleet/filter.sh): docs/filter.md as a reader follows it, with the published collection, on
# hosts that have Python and nothing else. What the hosts then do is judged from outside of them: by packets, ip and bpftool.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

processes=$(cat "$(dirname "$FLEET_INVENTORY")"/hosts/*/pid)
for process in $processes; do
    [ "$(cat "/proc/$process/comm")" = systemd ] || { echo "The hosts need systemd: bring the fleet up with FLEET_INIT=systemd." >&2; exit 1; }
done
need_packages iproute2 bpftool
need_python demo
need_artefact
work=$(mktemp -d)
undo+=("rm -rf $work")
hosts=$(ansible all -i "$FLEET_INVENTORY" --list-hosts | tail -n +2 | wc -l)

"$repository/tests/fleet.sh" state | grep -v ' interfaces ' >"$work/before"
python "$repository/tests/fleet/filter_guide.py" "$repository/docs/filter.md" "$work"
"$repository/tests/fleet.sh" state | grep -v ' interfaces ' >"$work/after"
# The directory that all sets are below stays, empty: others may have one there tomorrow.
grep -v ' /sys/fs/bpf/ansible directory ' "$work/after" | diff "$work/before" -
say "$hosts hosts are as they were before"
