#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# On a fleet (fleet.sh run 100 tests/fleet/lock_out.sh): roll out mistakes, on trial, over the interface by which each host
# is reached. The first batch fails, and all hosts can be reached again in time.
#
#   LOCK_OUT_FORKS    how many hosts are worked on at once (6): with more than the machine is up to, they wait for each other
#   LOCK_OUT_TIMEOUT  seconds of each trial (20)
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev
need_python test
need_collection
work=$(mktemp -d)
undo+=("rm -rf $work")
export ANSIBLE_FORKS=${LOCK_OUT_FORKS:-6} LOCK_OUT_TIMEOUT=${LOCK_OUT_TIMEOUT:-20}

play() { ansible-playbook -i "$FLEET_INVENTORY" "$collection/tests/fleet/$1.yml" "${@:2}" >"$work/log" 2>&1; }

say "Roll out mistakes"
if play lock_out -e "timeout=$LOCK_OUT_TIMEOUT"; then
    echo "They were rolled out" >&2
    exit 1
fi
cp "$work/log" "$work/rolled_out"
say "Look at the fleet"
play locked_out || { cat "$work/log" >&2; exit 1; }
python3 "$(dirname "${BASH_SOURCE[0]}")/lock_out.py" "$work/rolled_out" "$work/log" || { cat "$work/rolled_out" >&2; exit 1; }
say "All hosts can be reached"
