#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Integration targets in a network namespace of their own, so that they never touch an interface of the machine:
# targets.sh COLLECTION [TARGET...]
# COLLECTION is a directory .../ansible_collections/ebpf/xdp that has the tests in it. No target means all.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

need_root
clear_labs
need_python test
cd "$1"
shift
namespace=xdp-test-$$
need_namespace "$namespace"
in_namespace "$namespace" ip link set lo up
python_version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
in_namespace "$namespace" ansible-test integration --color no --python "$python_version" "$@"
