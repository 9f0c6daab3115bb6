#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What it takes to bring back many sets after a reboot: bench/restore.sh [SETS]
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_root
need_packages iproute2 python3 python3-bpfcc linux-libc-dev
need_collection
work=$(mktemp -d)
undo+=("rm -rf $work")
# shellcheck source=tests/bench/host.sh
. "$repository/tests/bench/host.sh"
need_bench_kernel
PYTHONPATH=$collections in_namespace "$namespace" /usr/bin/python3 "$collection/tests/bench/restore.py" "${1:-100}" "$work" "$bpffs/sets"
