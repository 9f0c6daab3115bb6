#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Beside a virtual machine (vm.sh --packages "prometheus prometheus-node-exporter iproute2" SUITE tests/vm/metrics.sh): the role xdp_metrics
# with Debian's Prometheus and exporter under systemd. Each trouble makes its alert fire, and the alert ends with it. Packets that
# are lost are counted by reason, after a reboot as well.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev clang libbpf-dev
need_python test
need_collection
log=$(mktemp)
undo+=("rm -f $log")
play() { ansible-playbook -i "$VM_INVENTORY" "$collection/tests/vm/$1.yml" "${@:2}"; }

play metrics_program
play metrics_role --check
play metrics_role
for mode in --diff --check; do
    play metrics_role $mode | tee "$log"
    grep -q 'vm .* changed=0 .* failed=0 ' "$log"
done
play metrics
say "Prometheus has fired each alert, and none is left; losses have their reasons"
