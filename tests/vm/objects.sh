#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Beside a virtual machine (vm.sh SUITE tests/vm/objects.sh): objects made here, loaded there.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_packages python3-bpfcc linux-libc-dev clang bpftool
need_python test
need_collection
OBJECTS=$(mktemp -d)
undo+=("rm -rf $OBJECTS")
export OBJECTS
ansible-playbook -i "$VM_INVENTORY" "$collection/tests/vm/objects.yml"
