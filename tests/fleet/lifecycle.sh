#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# On a fleet (fleet.sh run 20 tests/fleet/lifecycle.sh): deploy, once more, upgrade, count, fail to roll out, remove.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev
need_python test
need_collection
work=$(mktemp -d)
undo+=("rm -rf $work")
export ANSIBLE_FORKS=20
hosts=$(ansible all -i "$FLEET_INVENTORY" --list-hosts | tail -n +2 | wc -l)

play() { ansible-playbook -i "$FLEET_INVENTORY" "$collection/tests/fleet/$1.yml" "${@:2}" >"$work/log" 2>&1; }

# expect NUMBER PATTERN: so many lines of the recap.
expect() {
    local found
    found=$(sed '1,/^PLAY RECAP/d' "$work/log" | grep -c "$2" || true)
    [ "$found" = "$1" ] || { cat "$work/log" >&2; echo "$found hosts in place of $1: $2" >&2; exit 1; }
}

"$repository/tests/fleet.sh" state >"$work/before"

say "Deploy on $hosts hosts"
play roll_out || { cat "$work/log" >&2; exit 1; }
expect "$hosts" 'changed=[1-9].* failed=0 '

say "Once more"
play roll_out || { cat "$work/log" >&2; exit 1; }
expect "$hosts" 'changed=0 .* failed=0 '

say "Count on each"
play counters || { cat "$work/log" >&2; exit 1; }
expect "$hosts" 'unreachable=0 *failed=0 '

# Packets on every host while the rest lasts.
namespaces=$(ansible-inventory -i "$FLEET_INVENTORY" --list | python -c '
import json, sys
for variables in json.load(sys.stdin)["_meta"]["hostvars"].values():
    print(variables["fleet_namespace"])')
touch "$work/sending"
undo+=("rm -f $work/sending")
# shellcheck disable=SC2086 # a list of words
python "$repository/tests/fleet/traffic.py" "$work/sending" far0 $namespaces &

say "Upgrade in batches of 5, with traffic"
play roll_out -e batch=5 -e version=2 || { cat "$work/log" >&2; exit 1; }
expect "$hosts" 'changed=[1-9].* failed=0 '

say "Roll out a program that drops everything"
if play roll_out -e batch=5 -e version=3 -e program=xdp_stats_drop; then
    echo "It was rolled out" >&2
    exit 1
fi
# The batch that failed, and no other was begun.
expect 5 'failed=1 '
expect 5 ' ok='
play still || { cat "$work/log" >&2; exit 1; }
expect "$hosts" 'failed=0 '
rm "$work/sending"
wait

say "Remove"
play remove || { cat "$work/log" >&2; exit 1; }
expect "$hosts" 'changed=[1-9].* failed=0 '
# The directory that all sets are below stays, empty: others may have one there tomorrow.
"$repository/tests/fleet.sh" state | grep -v ' /sys/fs/bpf/ansible directory ' >"$work/after"
diff "$work/before" "$work/after"
say "$hosts hosts are as they were before"
