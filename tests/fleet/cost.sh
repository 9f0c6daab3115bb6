#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What one more task costs, for each host: fleet.sh run 20 tests/fleet/cost.sh. Of a run with six tasks, one with one is
# taken away, and the rest divided. The controller's time is that of its processes; the hosts' own is not in it.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev
need_python test
need_collection
work=$(mktemp -d)
undo+=("rm -rf $work")
export ANSIBLE_FORKS=20
mapfile -t hosts < <(ansible all -i "$FLEET_INVENTORY" --list-hosts | tail -n +2 | tr -d ' ')

ansible localhost -m ebpf.xdp.xdp_compile -a "src=xdp_stats.c dest=$work/object.json" >/dev/null

# play WHAT TIMES HOSTS: seconds of the clock and of the processors
play() {
    local TIMEFORMAT='%R %U %S' playbooks
    mapfile -t playbooks < <(yes "$collection/tests/fleet/cost.yml" | head -n "$2")
    { time ansible-playbook -i "$FLEET_INVENTORY" --limit "$(IFS=,; echo "${hosts[*]:0:$3}")" \
        "${playbooks[@]}" --tags "$1" -e "object=$work/object.json" >"$work/log" 2>"$work/errors"; } 2>&1 ||
        { cat "$work/log" "$work/errors" >&2; exit 1; }
}

# Bytes that the controller has sent and received, over the bridge that the hosts are on.
bytes() { cat /sys/class/net/bridge/statistics/{tx,rx}_bytes 2>/dev/null || ip -j -s link show bridge | python -c '
import json, sys
counted = json.load(sys.stdin)[0]["stats64"]
print(counted["tx"]["bytes"], counted["rx"]["bytes"])'; }

play pin 1 "${#hosts[@]}" >/dev/null
echo "| hosts | task | elapsed | controller's CPU | sent | received |"
echo "|---|---|---|---|---|---|"
for count in 5 10 20; do
    [ "$count" -le "${#hosts[@]}" ] || break
    for what in ping pin; do
        before=$(bytes)
        one=$(play $what 1 "$count")
        between=$(bytes)
        six=$(play $what 6 "$count")
        after=$(bytes)
        # shellcheck disable=SC2086 # lists of numbers
        python - $count $what $one $six $before $between $after <<'PYTHON'
import sys
count, what, *numbers = sys.argv[1:]
r1, u1, s1, r6, u6, s6, *moved = map(float, numbers)
tasks = 5 * int(count)
sent, received = ((moved[4 + i] - moved[2 + i] - (moved[2 + i] - moved[i])) / tasks / 1000 for i in (0, 1))
cpu = (u6 + s6 - u1 - s1) / tasks * 1000
print(f"| {count} | {what} | {(r6 - r1) / tasks * 1000:.0f} ms | {cpu:.0f} ms | {sent:.1f} kB | {received:.1f} kB |")
PYTHON
    done
done
