#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# On a fleet (fleet.sh run 20 tests/fleet/report.sh [DIRECTORY]): the report of a roll-out, with one host for each trouble. Without DIRECTORY,
# the picture in the documents is made anew.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev chromium
need_python test
need_collection
work=$(mktemp -d)
undo+=("rm -rf $work")
export ANSIBLE_FORKS=20
hosts=$(ansible all -i "$FLEET_INVENTORY" --list-hosts | tail -n +2 | wc -l)

say "A roll-out on $hosts hosts stops half way"
ansible-playbook -i "$FLEET_INVENTORY" "$collection/tests/fleet/report.yml" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
namespaces=$(ansible-inventory -i "$FLEET_INVENTORY" --list | python -c '
import json, sys
for variables in json.load(sys.stdin)["_meta"]["hostvars"].values():
    print(variables["fleet_namespace"])')
touch "$work/sending"
undo+=("rm -f $work/sending")
# shellcheck disable=SC2086 # a list of words
python "$repository/tests/fleet/varied_traffic.py" "$work/sending" $namespaces &

say "Report"
printf 'lost ansible_host=127.0.0.1 ansible_port=9\n' >"$work/lost.ini"
cd "$work"
ansible-playbook -i "$FLEET_INVENTORY" -i lost.ini ebpf.xdp.report -e '{"xdp_report_title": "XDP on the edge"}' \
    -e xdp_report_dest="$work/report.html" -e xdp_status_samples=20 -e xdp_status_interval=0.25 >"$work/log" 2>&1 || true
ansible-playbook -i "$FLEET_INVENTORY" -i lost.ini ebpf.xdp.status >"$work/log" 2>&1 || true
rm "$work/sending"
grep -q "$((hosts + 1)) hosts asked, $hosts answered, 3 in trouble" "$work/log" || { cat "$work/log" >&2; exit 1; }
python "$repository/tests/integration/targets/fleet_report/files/browser.py" "$work" "$work/report.html" >"$work/seen"
if [ $# -gt 0 ]; then
    cp "$work"/report*.* "$1"
else
    cp "$work/report-1280-light.png" "$repository/docs/pictures/report.png"
fi
say "$hosts hosts are in the report, and one that cannot be reached"
