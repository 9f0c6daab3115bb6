#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Beside a virtual machine (vm.sh --packages "$(tests/vm/targets.sh --packages)" SUITE tests/vm/targets.sh TARGET...):
# integration targets, played from here against that host; TARGET/PART.yml is one of its parts.
set -euo pipefail
if [ "${1:-}" = --packages ]; then
    echo bpftool clang libbpf-dev linux-libc-dev python3-bpfcc python3-pyroute2 strace
    exit
fi
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages clang
need_python test
need_collection
# Targets run files of theirs on the host that they test, by the path that these have here.
tar -c -C / "${collection#/}" | $VM_SSH tar -x -C /
if [[ $($VM_SSH uname -r) == 5.* ]]; then
    # Debian 11's own pyroute2 is too old to attach programs.
    newer=$(mktemp -d)
    undo+=("rm -rf $newer")
    pip install --quiet --disable-pip-version-check --no-deps --target "$newer" pyroute2==0.7.12
    tar -c -C "$newer" pyroute2 | $VM_SSH 'cd /usr/lib/python3/dist-packages && rm -rf pyroute2 && tar -x'
fi
# Emulated, a process takes seconds to start.
export ANSIBLE_ROLES_PATH=$collection/tests/integration/targets ANSIBLE_TIMEOUT=60
# So xdp_stats and trials wait longer, and xdp_pin_crash repeats itself less often. Its sweep wants Ansible there.
slower='{"stats_start": 10, "stats_interval": 30,
    "trial_seconds": 240,
    "crash_programs": ["gap", "together", "walk"], "crash_upgrades": 20, "crash_rounds": 4, "crash_walks": 20}'
failed=()
for target in "$@"; do
    say "$target"
    only=()
    [[ $target != */* ]] || only=(-e "{\"parts\": [\"${target#*/}\"]}")
    ansible-playbook -i "$VM_INVENTORY" -e "target=${target%%/*}" -e "$slower" "${only[@]}" "$collection/tests/vm/target.yml" ||
        failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "Failed: ${failed[*]}" >&2
    exit 1
fi
