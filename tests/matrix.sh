#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What is tested on other kernels than this machine's, and other releases of ansible-core: matrix.sh [SUITE...], by default all that vm.sh knows.
# Emulated, as vm.sh says: the better part of an hour for each suite. Goes on after a failure, and tells all of them.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

need_root
[ $# -gt 0 ] || set -- bullseye bookworm trixie forky
vm=$repository/tests/vm.sh
parts=$repository/tests/vm
# Not here: the roles (reboot.sh runs them), xdp_object (objects.sh loads its objects; the rest compares with libbpf and
# clang of the machine), fleet (other hosts, this kernel).
targets=(xdp_pinned_info xdp_stats xdp_host_info xdp_pin xdp_pin_errors xdp_pin_crash)
results=()
failures=0

run() {
    local name=$1
    shift
    say "$name"
    if "$@"; then
        results+=("passed  $name")
    else
        results+=("FAILED  $name")
        failures=$((failures + 1))
    fi
}

# What test.sh has no time for.
run "sanity on each ansible-core" "$repository/test.sh" sanity
run "galaxy's importer, execution environments" "$repository/tests/galaxy.sh"
# What exercises Ansible itself: modules, action plugins, roles, playbooks.
core_targets=(role_xdp_host role_xdp_program xdp_boot xdp_map xdp_stats xdp_test filter fleet_report)
for core in $(python3 "$repository/tests/cores.py" list); do
    if python3 "$repository/tests/cores.py" python "$core" >/dev/null; then
        run "integration on ansible-core $core" env CORE="$core" "$repository/test.sh" integration "${core_targets[@]}"
    else
        results+=("NOT RUN integration on ansible-core $core: no Python for it here")
    fi
done
run "the docsite" "$repository/test.sh" docsite
run "what test.sh repeats less often" "$repository/tests/thorough.sh"
for suite in "$@"; do
    for target in "${targets[@]}"; do
        # When both processors are emulated at once, Linux 6.12 dies of patching its own text under this load (int3 in
        # bpf_dispatcher_xdp_func). One after the other, it does not.
        threads=$([ "$target" = xdp_pin_crash ] && echo single || echo multi)
        VM_THREADS=$threads run "$suite $target" "$vm" --packages "$("$parts/targets.sh" --packages)" "$suite" "$parts/targets.sh" "$target"
    done
    # All packets in one machine. What else is in this target compares with clang and xdp-tools of this one.
    run "$suite xdp_filter_program" "$vm" --packages "$("$parts/targets.sh" --packages)" "$suite" "$parts/targets.sh" \
        xdp_filter_program/vectors.yml
    VM_DEVICES=$("$parts/vlan.sh" --devices) run "$suite vlan" "$vm" --packages "$("$parts/vlan.sh" --packages)" "$suite" "$parts/vlan.sh"
    run "$suite objects" "$vm" "$suite" "$parts/objects.sh"
    run "$suite reboot" "$vm" "$suite" "$parts/reboot.sh"
done
printf '\n'
printf '%s\n' "${results[@]}"
[ $failures = 0 ]
