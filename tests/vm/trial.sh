#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Beside a virtual machine (vm.sh --packages "$(tests/vm/targets.sh --packages)" SUITE tests/vm/trial.sh): trials on the
# interface that it is reached by, and a reboot while one is pending.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_python test
need_collection
ansible-playbook -i "$VM_INVENTORY" "$collection/tests/vm/trial.yml"
say "A machine that was locked out came back, and so did what was kept after a reboot"
