#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What test.sh has no time or no machine for: other kernels, other releases of ansible-core, and what takes long. See
# tests/matrix, which gets the arguments.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

need_root
# Before several of them want them at once.
need_packages python3 python3-venv git clang
need_python test
# Not exec, as a trap undoes what environment.sh has set up.
cd "$repository/tests"
python -m matrix "$@"
