#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All tests, or some: test.sh [checks] [unit] [docs] [docsite] [sanity] [integration [TARGET...]] [demo]
# The checks are those of noxfile.py; unit, docs, docsite and sanity are among them. No argument means all: checks, integration, demo.
# test.sh prepare: install what the tests need, and run none.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/tests/environment.sh"

# checks [SESSION...]: all sessions of noxfile.py, or these.
checks() {
    say "Checks: ${*:-all}"
    need_python checks
    # Of several options --session, the last one alone would count.
    (cd "$repository" && nox ${1:+--session "$@"})
}

# integration [TARGET...]: these one after the other, or all, of what is published.
integration() {
    say "Integration targets"
    need_targets
    if [ $# -gt 0 ]; then
        "$repository/tests/targets.sh" "$collection" "$@"
    else
        all_targets
    fi
}

times=()
# timed NAME COMMAND...: run a part, and remember how long it took.
timed() {
    local name=$1 start=$SECONDS status=0
    shift
    "$@" || status=$?
    times+=("$(in_minutes $((SECONDS - start)))  $name")
    return "$status"
}

export -f in_minutes

# The longest of the targets that run side by side come first, so that no processor is left without work at the end.
longest=(xdp_pin_crash documented role_xdp_program xdp_pin)

all_targets() {
    local targets=$repository/tests/integration/targets wanted looking others name log status=0
    wanted=${TARGETS:-$(ls "$targets")}
    for name in $wanted; do
        [ -d "$targets/$name" ] || { echo "TARGETS: there is no target $name" >&2; return 2; }
    done
    # These compare all that the kernel has loaded before and after: nobody else may load anything meanwhile.
    mapfile -t looking < <(cd "$targets" && grep -rl --include='*.yml' 'tasks_from: look' . | cut -d / -f 2 | sort -u)
    mapfile -t others < <(printf '%s\n' "${longest[@]}" && cd "$targets" && printf '%s\n' * |
        grep -vxF -e setup_lab "${looking[@]/#/--regexp=}" "${longest[@]/#/--regexp=}")
    mapfile -t looking < <(named_in "$wanted" "${looking[@]}")
    mapfile -t others < <(named_in "$wanted" "${others[@]}")
    ended=$(mktemp -d)
    undo+=("rm -rf $ended")
    export collection ended
    # All of them, even if some fail: the checks that run beside them are still to report.
    timed "targets, one at a time" side_by_side 1 < <(printf '%s\n' "${looking[@]}") || status=$?
    # Four on two processors: most of them wait at times, for intervals, timeouts and the kernel.
    timed "targets, four at a time" side_by_side 4 < <(printf '%s\n' "${others[@]}") || status=$?
    say "Time of each target, and processor time"
    sort -rn "$ended/times"
    # Last, as a long log is often cut at its beginning.
    for log in "$ended"/*.failed; do
        [ -e "$log" ] || continue
        say "FAILED: $(basename "$log" .failed). The end of what it said"
        tail -n 80 "$log"
        failed+=("$log")
    done
    [ "$status" = 0 ] || [ ${#failed[@]} -gt 0 ]
}

# Logs of what failed.
failed=()
# Say that in a few lines, as the end of a log shows only what cleaned up, and end.
end_if_failed() {
    [ ${#failed[@]} -gt 0 ] || return 0
    say "What failed"
    python "$repository/tests/failures.py" "${failed[@]}"
    exit 1
}

# named_in NAMES TARGET...: those of the targets that are among the names, in their order.
named_in() {
    local names
    names=$(tr -s '[:space:]' '\n' <<<"$1")
    shift
    printf '%s\n' "$@" | grep -xF -e "$names" || true
}

# side_by_side N: run the targets that come in by name, N at a time.
side_by_side() {
    xargs --no-run-if-empty --max-procs "$1" --max-args 1 bash -c 'in_one_piece "$@"' - "$repository/tests/targets.sh" "$collection"
}

# in_one_piece TARGETS.SH COLLECTION TARGET: run it, show what it says when it has ended, and note how long it took.
in_one_piece() {
    local log=$ended/$3.log status=0 starting
    # ansible-test writes its inventory into the collection and copies it a moment later, and another one that starts just then
    # would copy what is half written. So whoever watches this one start has the lock, and nobody else starts.
    exec 9>"$ended/starting"
    flock 9
    : >"$log"
    (for _ in $(seq 600); do if grep -q '^PLAY ' "$log"; then break; fi; sleep 0.2; done) &
    starting=$!
    exec 9>&-
    "$@" >"$log" 2>&1 || status=$?
    kill "$starting" 2>/dev/null || true
    # In a pipe, it would be of another shell.
    times >"$log.times"
    printf '%s  %s  %s\n' "$(in_minutes $SECONDS)" "$(processor_time <"$log.times")" "$3" >>"$ended/times"
    flock "$collection" cat "$log"
    [ "$status" = 0 ] || mv "$log" "${log%.log}.failed"
    return "$status"
}

# Of what the shell has waited for: the last line of its "times", such as 1m2.345s 0m6.789s.
processor_time() {
    local minutes=0 seconds=0 part
    for part in $(tail -n 1); do
        minutes=$((minutes + ${part%m*}))
        part=${part#*m}
        seconds=$((seconds + ${part%.*}))
    done
    in_minutes $((minutes * 60 + seconds))
}
export -f in_one_piece processor_time

prepare() {
    need_python checks
    need_python test
}

demo() {
    say "The demonstration"
    "$repository/demo.sh"
}

need_root
need_packages iproute2 procps python3 python3-venv python3-bpfcc python3-pyroute2 linux-libc-dev \
    bpftool clang libbpf-dev strace openssh-server openssh-client sudo xdp-tools prometheus prometheus-node-exporter chromium

# The checks do not need the kernel: all of them run beside the targets, and are shown after. Sanity on one ansible-core alone, and
# without pylint, which takes longer than all its other tests: tests/matrix.sh has the rest. The variables CHECKS and TARGETS
# name some checks and targets instead of all.
everything() {
    export SANITY_CORES=2.19 SANITY_SKIP=pylint
    prepare
    local log checking temporary
    # Some targets see whether a module leaves anything in /tmp, and unit tests call the same code.
    temporary=$(mktemp -d)
    undo+=("rm -rf $temporary")
    log=$temporary/checks.log
    # A process group of its own, so that all of it ends when this does.
    set -m
    # shellcheck disable=SC2086  # some sessions, by name
    TMPDIR=$temporary checks ${CHECKS:-} >"$log" 2>&1 &
    checking=$!
    set +m
    undo+=("kill -- -$checking 2>/dev/null")
    integration
    timed "waiting for the checks, which ran beside the targets" wait "$checking" || failed+=("$log")
    cat "$log"
    end_if_failed
    timed "demonstration" demo
    times+=("$(in_minutes $SECONDS)  all")
    say "Time of each part"
    printf '%s\n' "${times[@]}"
    # What README.md says was tested comes from here.
    python "$repository/tests/tested.py" note "$cache/tested.json"
}

if [ "$*" = prepare ]; then
    prepare
    exit
fi
[ $# -gt 0 ] || everything
while [ $# -gt 0 ]; do
    if [ "$1" = integration ]; then
        shift
        targets=()
        while [ $# -gt 0 ] && [ -d "$repository/tests/integration/targets/$1" ]; do
            targets+=("$1")
            shift
        done
        integration "${targets[@]}"
        end_if_failed
    else
        case $1 in
            unit | docs | docsite | sanity) checks "$1" ;;
            checks | demo) "$1" ;;
            *)
                echo "Usage: test.sh prepare | [checks] [unit] [docs] [docsite] [sanity] [integration [TARGET...]] [demo]" >&2
                exit 2
                ;;
        esac
        shift
    fi
done
say "All of it passed"
