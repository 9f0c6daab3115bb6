#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What test.sh repeats less often than it could, for want of time: kills and failures of upgrades, and packets made up for filters.
# crash_upgrades, crash_rounds, crash_walks: upgrades under a flood, runs at once with one killed, random walks.
# crash_sweep: all: every refusal, and every way to lose an answer after one, at each call of each scenario (sweep.py says which are left out).
# fuzz_packets: packets that are made up, and compared with the model.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

need_root
need_python test
need_artefact
cp -a "$repository"/{tests,docs,README.md} "$collection"
printf '%s\n' --- 'crash_upgrades: 500' 'crash_rounds: 25' 'crash_walks: 150' 'crash_sweep: all' 'fuzz_packets: 1000000' \
    >"$collection/tests/integration/integration_config.yml"
"$repository/tests/targets.sh" "$collection" xdp_pin_crash xdp_filter_fuzz
