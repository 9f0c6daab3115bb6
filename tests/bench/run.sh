#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a task costs, as a ratio to ping, in one run: bench/run.sh [ROUNDS]
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_root
need_packages iproute2 python3 python3-venv python3-bpfcc linux-libc-dev
need_python demo
need_collection
namespace=xdp-bench-$$
need_namespace "$namespace"
work=$(mktemp -d)
undo+=("rm -rf $work")
bpffs=/run/$namespace
mkdir "$bpffs"
undo+=("rmdir $bpffs")
mount -t bpf bpf "$bpffs"
undo+=("umount $bpffs")
ip -n "$namespace" link add bench0 type veth peer name bench1
ip -n "$namespace" link set bench0 up

export BENCH_TIMES=$work/times ANSIBLE_CALLBACKS_ENABLED=task_times ANSIBLE_CALLBACK_PLUGINS=$collection/tests/bench/callback_plugins
in_namespace "$namespace" ansible-playbook -i 'bench,' -c local "$collection/tests/bench/deploy.yml" \
    -e "{\"ansible_python_interpreter\": \"/usr/bin/python3\", \"ansible_pipelining\": true}" \
    -e pin_root="$bpffs/sets" -e interface=bench0 -e rounds="${1:-15}" >"$work/log" || { tail -30 "$work/log"; exit 1; }
python "$collection/tests/bench/report.py" "$BENCH_TIMES"
