#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What the filter costs: bench/filter.sh [packets|lists]...
#
#   packets  processor time of whoever receives a packet: the filter, native and generic, against a set of nftables at the
#            ingress hook of the interface (netdev), and the limiter with one source and with a million
#   lists    a list with a million prefixes: tasks by the clock, on the controller and on the host, and the memory of the maps
#
#   BENCH_RUNS      how many times packets are measured, 2,000,000 each (10)
#   BENCH_PREFIXES  how long the list is (1000000)
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

[ $# != 0 ] || set -- packets lists
unset PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE
need_root
need_packages iproute2 python3 clang libbpf-dev linux-libc-dev bpftool nftables ethtool
need_python demo
need_collection
work=$(mktemp -d)
undo+=("rm -rf $work")
# shellcheck source=tests/bench/host.sh
. "$repository/tests/bench/host.sh"
need_bench_kernel
export PYTHONPATH=$collections ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false
bench=$collection/tests/bench
runs=${BENCH_RUNS:-10}
count=${BENCH_PREFIXES:-1000000}

here() { in_namespace "$namespace" "$@"; }

# filter OPTIONS: the rest of the options of a task, in JSON.
filter() {
    here ansible localhost -e "ansible_python_interpreter=$work/python" -m ebpf.xdp.xdp_filter \
        -a "{\"name\": \"edge\", \"pin_root\": \"$bpffs/sets\", \"confirm_timeout\": 0, $1}" >"$work/answer" 2>&1 ||
        { tail -20 "$work/answer" >&2; exit 1; }
}

# The host's Python, whose time and memory are noted.
cat >"$work/python" <<PYTHON
#!/usr/bin/python3
import os, sys, time
began = time.monotonic()
pid = os.spawnv(os.P_NOWAIT, "/usr/bin/python3", ["/usr/bin/python3", *sys.argv[1:]])
_pid, status, usage = os.wait4(pid, 0)
with open("$work/host", "a") as file:
    file.write("%.2f s, %.0f MB\n" % (time.monotonic() - began, usage.ru_maxrss / 1024))
os._exit(os.waitstatus_to_exitcode(status))
PYTHON
chmod 0700 "$work/python"

# measure WHAT SOURCES: of the runs, the median, the least and the most.
measure() {
    ip netns exec "$namespace" /usr/bin/python3 "$bench/filter_flood.py" "$work/filter_flood.o" "$2" "$runs" | sort -n | awk -v what="$1" '
        { time[NR] = $1; packets += $2 }
        END { printf "%-72s %7.1f ns (%.1f to %.1f, %d packets received)\n", what, time[int((NR + 1) / 2)], time[1], time[NR], packets }'
}

# Of what nftables has dropped, or a rule.
dropped_by_rule() {
    here ansible localhost -m ebpf.xdp.xdp_stats -a "name=edge pin_root=$bpffs/sets" |
        sed -n '/"name": "listed"/,/packets/s/.*"packets": /  the rule dropped /p'
}

by_nftables() {
    echo "table netdev bench {
        set listed { type ipv4_addr; $2 elements = { $(paste -sd, "$3") } }
        chain ingress { type filter hook ingress device flood1 priority 0; ip saddr @listed counter drop; }
    }" >"$work/ruleset"
    here nft -f "$work/ruleset"
    measure "nftables, $1" one_source
    here nft list table netdev bench | grep -o 'counter packets [0-9]*' | sed 's/counter packets/  the rule dropped/'
    here nft delete table netdev bench
}

by_filter() {
    filter "\"interfaces\": [\"flood1\"], \"mode\": \"$3\", \"rules\": [{\"name\": \"listed\", \"action\": \"drop\", \"source_from\": \"$4\"}]"
    measure "xdp_filter, $2, $1" one_source
    dropped_by_rule
    filter '"state": "absent"'
}

at_once() {
    here ansible localhost -m ebpf.xdp.xdp_pin -a "name=edge pin_root=$bpffs/sets src=$work/filter_flood.o \
        program=drop_at_once interfaces=flood1 mode=native" >"$work/answer" 2>&1 || { tail -20 "$work/answer" >&2; exit 1; }
    measure "a program that drops in its first instruction, native" one_source
    filter '"state": "absent"'
}

# bare WHAT PROGRAM MAP FILE: what no program gets below that looks up an address.
bare() {
    here ansible localhost -m ebpf.xdp.xdp_pin -a "{\"name\": \"edge\", \"pin_root\": \"$bpffs/sets\", \"src\": \"$work/filter_flood.o\",
        \"program\": \"$2\", \"interfaces\": [\"flood1\"], \"mode\": \"native\",
        \"contents\": [{\"map\": \"$3\", \"src\": \"$4\", \"default_value\": 1}]}" >"$work/answer" 2>&1 ||
        { tail -20 "$work/answer" >&2; exit 1; }
    measure "a program that does one look-up and drops, native, $1" one_source
    filter '"state": "absent"'
}

limited() {
    filter "\"interfaces\": [\"flood1\"], \"rules\": [{\"name\": \"listed\", \"action\": \"limit\", \"packets_per_second\": $2, \"burst\": 1}]"
    measure "limiter, $1, one source" one_source
    dropped_by_rule
    measure "limiter, $1, a million sources" many_sources
    dropped_by_rule
    filter '"state": "absent"'
}

packets() {
    clang -O2 -g -target bpf "-I/usr/include/$(uname -m)-linux-gnu" -c "$bench/filter_flood.c" -o "$work/filter_flood.o"
    here ip -batch - <<COMMANDS
link add flood0 type veth peer name flood1
link set flood0 up
link set flood1 up
COMMANDS
    # Receives as a driver does, in NAPI, with no XDP program as well.
    here ethtool -K flood1 gro on
    ip netns exec "$namespace" sh -c "echo 1 >/sys/class/net/flood1/threaded"
    seq 0 9999 | awk '{ printf "10.0.%d.%d\n", $1 / 256, $1 % 256 }' >"$work/hosts.txt"
    seq 0 9999 | awk '{ printf "10.%d.%d.0/24\n", $1 / 256, $1 % 256 }' >"$work/prefixes.txt"
    at_once
    by_nftables "10,000 addresses" "" "$work/hosts.txt"
    bare "10,000 addresses" drop_by_hash hosts "$work/hosts.txt"
    by_filter "10,000 addresses" native native "$work/hosts.txt"
    by_nftables "10,000 prefixes" "flags interval;" "$work/prefixes.txt"
    bare "10,000 prefixes" drop_by_trie prefixes "$work/prefixes.txt"
    by_filter "10,000 prefixes" native native "$work/prefixes.txt"
    by_filter "10,000 addresses" generic generic "$work/hosts.txt"
    limited "1 packet a second allowed" 1
    limited "1,000 packets a second allowed" 1000
    here ip link delete flood0
}

# timed WHAT OPTIONS: a task by the clock and by the processors, and the host's part of it by the clock; the largest sum of the set's maps meanwhile.
timed() {
    : >"$work/host"
    : >"$work/memory"
    local began=$EPOCHREALTIME watcher
    while :; do
        bpftool -j map show 2>/dev/null | python3 -c '
import json, sys
names = ("source4", "source4_hosts")
print(sum(each.get("bytes_memlock", 0) for each in json.load(sys.stdin) if each.get("name") in names))' >>"$work/memory" 2>/dev/null || :
        sleep 0.2
    done &
    watcher=$!
    local TIMEFORMAT='%U %S'
    { time filter "\"interfaces\": [\"bench0\"], $2"; } 2>"$work/spent"
    local ended=$EPOCHREALTIME
    kill "$watcher"
    wait "$watcher" 2>/dev/null || :
    awk -v what="$1" -v began="$began" -v ended="$ended" -v memory="$(sort -n "$work/memory" | tail -1)" \
        -v spent="$(awk '{ print $1 + $2 }' "$work/spent")" \
        -v host="$(sort -n "$work/host" | tail -1)" -v how="$(grep -o '"how": "[a-z_]*"' "$work/answer" || :)" 'BEGIN {
            printf "%-30s %6.1f s, %.1f s of processors; on the host %s; maps of addresses at most %.0f MB; %s\n", what, ended - began, spent, host, memory / 1e6, how }'
}

lists() {
    here ip link add bench0 type veth peer name bench1
    here ip link set bench0 up
    python "$collection/tests/integration/targets/fleet/files/prefixes.py" "$work/listed.txt" "$work/changed.txt" "$count" 10
    local first="{\"name\": \"listed\", \"action\": \"drop\", \"source_from\": \"$work/listed.txt\"}"
    local then="{\"name\": \"listed\", \"action\": \"drop\", \"source_from\": \"$work/changed.txt\"}"
    echo "$count prefixes"
    timed "first run" "\"rules\": [$first]"
    timed "converged" "\"rules\": [$first]"
    timed "ten changed" "\"rules\": [$then]"
    local scraps='{"name": "scraps", "action": "drop", "fragment": true}'
    # The list is the first rule still, so that its table stays; then it is the second one, and each entry means something else.
    timed "a rule behind: a switch" "\"rules\": [$then, $scraps]"
    timed "a rule in front: new tables" "\"rules\": [$scraps, $then]"
    filter '"state": "absent"'
}

uptime
for part in "$@"; do
    "$part"
done
uptime
