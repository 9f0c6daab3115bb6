#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A converged run on each host of a fleet (fleet.sh run 50 tests/bench/fleet.sh ROUNDS), in turns with pings.
set -euo pipefail
samples=$BENCH_SAMPLES prefix=${BENCH_PREFIX:-}
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev
need_python demo
need_collection
export PYTHONPATH=$collections BENCH_SAMPLES=$samples BENCH_PREFIX=$prefix ANSIBLE_FORKS=10
export ANSIBLE_CALLBACKS_ENABLED=task_times ANSIBLE_CALLBACK_PLUGINS=$collection/tests/bench/callback_plugins
ansible-playbook -i "$FLEET_INVENTORY" "$collection/tests/bench/fleet.yml" -e rounds="${1:-4}"
