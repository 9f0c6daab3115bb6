#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What test.sh has no time for, or repeats less often than it could: thorough.sh [TARGET...]
# documented: the guides that are not read first. role_xdp_program: parts that its tasks/main.yml names.
# xdp_pin_crash: kills and failures of upgrades. crash_upgrades, crash_rounds, crash_walks: upgrades under a flood, runs at once with one
# killed, random walks. crash_sweep: all: every refusal, and every way to lose an answer after one, at each call of each scenario
# (sweep.py says which are left out).
# xdp_filter_fuzz: packets that are made up, and compared with the model.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

need_root
need_targets
printf '%s\n' --- 'thorough: true' 'crash_upgrades: 500' 'crash_rounds: 25' 'crash_walks: 150' 'crash_sweep: all' 'fuzz_packets: 1000000' \
    >"$collection/tests/integration/integration_config.yml"
[ $# -gt 0 ] || set -- documented role_xdp_program xdp_pin_crash xdp_filter_fuzz
"$repository/tests/targets.sh" "$collection" "$@"
