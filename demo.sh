#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The main job, on interfaces that exist only as long as this runs: see playbooks/demo.yml.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/tests/environment.sh"

need_root
need_packages iproute2 procps python3 python3-venv python3-bpfcc linux-libc-dev
need_python demo
need_bpffs
need_artefact
# The modules make this directory when they need it, and leave it.
[ -d /sys/fs/bpf/ansible ] || undo+=("rmdir /sys/fs/bpf/ansible")
namespace=xdp-demo-$$
need_namespace "$namespace"

export ANSIBLE_CALLBACK_RESULT_FORMAT=yaml
in_namespace "$namespace" ansible-playbook ebpf.xdp.demo -e demo_set="demo-$$"
say "Done. The interfaces, the programs and their pins are gone again."
