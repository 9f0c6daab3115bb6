#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Beside a virtual machine (vm.sh SUITE tests/vm/reboot.sh): deploy by the role, once more, reboot, take away.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev clang libbpf-dev xdp-tools
need_python test
need_collection
log=$(mktemp)
blocked=$(mktemp)
filter=$(mktemp --suffix .o)
undo+=("rm -f $log $blocked $filter")
machine=$(uname -m)-linux-gnu
clang -O2 -g -target bpf "-I/usr/include/$machine" -DVERSION=1 -c "$collection/tests/integration/targets/xdp_chain/files/filter.c" -o "$filter"
for number in {0..999}; do echo "10.$((number / 250)).$((number % 250)).0/24"; done > "$blocked"
play() {
    ansible-playbook -i "$VM_INVENTORY" -e "vm_blocked=$blocked vm_filter=$filter vm_deny=/usr/lib/$machine/bpf/xdpfilt_dny_all.o" \
        "$collection/tests/vm/$1.yml" "${@:2}"
}

# deploy STATE: and once more, which changes nothing. Check mode and diffs are role_xdp_program's, as each play takes minutes here.
deploy() {
    play deploy -e "xdp_program_state=$1"
    play deploy -e "xdp_program_state=$1" | tee "$log"
    grep -q 'vm .* changed=0 .* failed=0 ' "$log"
}

deploy present
play reboot
deploy absent
play gone
say "The program, a block list and chains in three network namespaces came back after a reboot, and went when they were told to"
