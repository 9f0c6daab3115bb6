#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# How fast it is, against what else there is: bench/run.sh [--output DIRECTORY] [PART...]
#
# Parts: payload, backend, redirects, tasks, tables, deployments, fleet; all of them when none is named. What was measured
# goes into DIRECTORY as samples.jsonl (one measurement a line), results.json and results.md (the table, which is shown as
# well). Without --output it goes nowhere else. What is compared is measured in turns, and the load of the machine is told.
#
#   BENCH_ROUNDS   how many times tasks are measured (15)
#   BENCH_FLEET    how many hosts the fleets have ("50 100")
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

# With these, as some build machines have them, Python reads a module from its standard input byte by byte, and compiles
# the controller's part at each start.
unset PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE

work=$(mktemp -d)
undo+=("rm -rf $work")
output=$work
if [ "${1:-}" = --output ]; then
    output=$(mkdir -p "$2" && cd "$2" && pwd)
    shift 2
fi
[ $# != 0 ] || set -- payload backend redirects tasks tables deployments fleet

need_root
need_packages iproute2 python3 python3-venv python3-bpfcc linux-libc-dev bpftool clang libbpf-dev strace openssh-server openssh-client xdp-tools
need_python demo
need_collection
export PYTHONPATH=$collections BENCH_SAMPLES=$work/samples.jsonl
export ANSIBLE_CALLBACKS_ENABLED=task_times ANSIBLE_CALLBACK_PLUGINS=$collection/tests/bench/callback_plugins
bench=$collection/tests/bench
rounds=${BENCH_ROUNDS:-15}
: >"$BENCH_SAMPLES"
# shellcheck source=tests/bench/host.sh
. "$repository/tests/bench/host.sh"

# quietly COMMAND...: what it says is of interest when it fails.
quietly() { "$@" >"$work/log" 2>&1 || { tail -40 "$work/log" >&2; exit 1; }; }

compile_by_clang() {
    clang -O2 -g -target bpf "-I$work" "-I/usr/include/$(uname -m)-linux-gnu" -c "$1" -o "$2"
}

payload() { python "$bench/payload.py"; }

backend() {
    compile_by_clang "$bench/by_hand.c" "$work/by_hand.o"
    compile_by_clang "$bench/bare_trie.c" "$work/bare_trie.o"
    compile_by_clang "$bench/bare_ports.c" "$work/bare_ports.o"
    compile_by_clang "$collection/bpf/xdp_stats.c" "$work/xdp_stats.o"
    bpftool btf dump file /sys/kernel/btf/vmlinux format c >"$work/vmlinux.h"
    compile_by_clang "$collection/tests/integration/targets/xdp_object/files/core.c" "$work/core.o"
    for part in maps contents packets filter chains load; do
        in_namespace "$namespace" /usr/bin/python3 "$bench/$part.py" "$work" "$bpffs"
    done
}

redirects() {
    compile_by_clang "$bench/redirects.c" "$work/redirects.o"
    in_namespace "$namespace" /usr/bin/python3 "$bench/redirects.py" "$work" "$bpffs"
}

tasks() {
    local where
    seq -f '198.18.%g.0/24' 100 199 >"$work/prefixes.txt"
    for where in ssh local; do
        BENCH_PREFIX="$where: " quietly in_namespace "$namespace" ansible-playbook -i "$work/inventory.yml" \
            -l "on_$where" "$bench/tasks.yml" -e rounds="$rounds" -e prefixes="$work/prefixes.txt"
    done
}

tables() { quietly in_namespace "$namespace" python "$bench/tables.py" "$work" "$bpffs"; }

deployments() {
    compile_by_clang "$collection/bpf/xdp_stats.c" "$work/xdp_stats.o"
    quietly in_namespace "$namespace" python "$bench/deployments.py" "$work" "$bpffs" 5
}

fleet() {
    local hosts
    for hosts in ${BENCH_FLEET:-50 100}; do
        BENCH_PREFIX="$hosts hosts: " quietly "$repository/tests/fleet.sh" run "$hosts" \
            "$repository/tests/bench/fleet.sh" 4
    done
}

need_bench_host
for part in "$@"; do
    say "Measuring: $part"
    "$part"
done
[ "$output" = "$work" ] || cp "$BENCH_SAMPLES" "$output/samples.jsonl"
say "Results"
python "$bench/report.py" "$BENCH_SAMPLES" "$output"
