#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Beside a virtual machine (vm.sh SUITE tests/vm/reboot.sh): deploy by the role, once more, reboot, take away.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev
need_python test
need_collection
log=$(mktemp)
blocked=$(mktemp)
undo+=("rm -f $log $blocked")
for number in {0..999}; do echo "10.$((number / 250)).$((number % 250)).0/24"; done > "$blocked"
play() { ansible-playbook -i "$VM_INVENTORY" -e "vm_blocked=$blocked" "$collection/tests/vm/$1.yml" "${@:2}"; }

play deploy -e xdp_program_state=present
play deploy -e xdp_program_state=present | tee "$log"
grep -q 'vm .* changed=0 .* failed=0 ' "$log"
play reboot
play deploy -e xdp_program_state=absent
play deploy -e xdp_program_state=absent | tee "$log"
grep -q 'vm .* changed=0 .* failed=0 ' "$log"
play gone
say "The program and a block list came back after a reboot, and went when they were told to"
