#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Beside a virtual machine (vm.sh --packages "bpftool xdp-tools" SUITE tests/vm/dispatcher.sh): the same programs behind the dispatcher
# of xdp-loader, which needs freplace, and as a chain decide alike about the same packets.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages clang libbpf-dev
need_python test
need_collection
objects=$(mktemp -d)
undo+=("rm -rf $objects")
# member NUMBER VERDICT...: one that leaves packets to the next after these verdicts.
member() {
    local number=$1 proceeds=()
    shift
    for verdict; do proceeds+=("-DPROCEEDS_ON_$verdict"); done
    clang -O2 -g -target bpf "-I/usr/include/$(uname -m)-linux-gnu" "-DNUMBER=$number" "${proceeds[@]}" \
        -c "$collection/tests/vm/dispatched.c" -o "$objects/member$number.o"
}
member 0 PASS
member 1 PASS TX
member 2 PASS DROP
member 3 PASS
ansible-playbook -i "$VM_INVENTORY" -e "vm_objects=$objects" "$collection/tests/vm/dispatcher.yml"
