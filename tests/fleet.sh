#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A fleet of hosts on this machine: each with network interfaces, processes, a root file system, a BPF file system and
# an SSH server of its own, half of them Debian 12 and half Debian 13. The kernel is this machine's.
#
#   fleet.sh up N              bring N hosts up, and leave them there
#   fleet.sh down              take all of it away, whatever is there
#   fleet.sh run N COMMAND...  bring N hosts up, run COMMAND where it reaches them, and take them down again
#   fleet.sh exec COMMAND...   run COMMAND where it reaches the hosts that are up
#   fleet.sh login HOST [COMMAND...]
#   fleet.sh state             what is different on each host from when it came up
#
# COMMAND runs on this machine, with its file systems, and with the inventory's path in FLEET_INVENTORY. With FLEET_INIT=systemd
# the hosts run systemd, and not an SSH server alone.
# Each clone of the repository has a fleet of its own; several clones can have theirs at the same time.
set -euo pipefail
mapfile -d '' -t callers_environment < <(env -0)
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

fleet=xdp-fleet-$(stat -c %d-%i "$repository")
lab=/run/$fleet
controller=$fleet-controller
most_hosts=150
# shellcheck source=tests/fleet/root.sh
. "$repository/tests/fleet/root.sh"
# shellcheck source=tests/fleet/network.sh
. "$repository/tests/fleet/network.sh"
# shellcheck source=tests/fleet/login.sh
. "$repository/tests/fleet/login.sh"
# shellcheck source=tests/fleet/hosts.sh
. "$repository/tests/fleet/hosts.sh"

fail() {
    echo "$*" >&2
    exit 1
}

need_fleet() { [ -e "$lab/inventory.yml" ] || fail "No fleet is up."; }

# Hosts are called by their distribution and counted, in turns: bookworm1, trixie1, bookworm2...
name_hosts() {
    if ! [[ $1 =~ ^[1-9][0-9]{0,2}$ && $1 -le $most_hosts ]]; then
        fail "A fleet has 1 to $most_hosts hosts, not '$1'."
    fi
    hosts=()
    local index suites=(bookworm trixie)
    for ((index = 0; index < $1; index++)); do
        hosts+=("${suites[index % 2]}$((index / 2 + 1))")
    done
}

bring_up() {
    name_hosts "$1"
    # The lock is on this file, so that nothing is left of it. It ends with this script, even when that is killed, since
    # what outlives the script does not get it.
    exec 9<"${BASH_SOURCE[0]}"
    flock --nonblock 9 || fail "Another fleet.sh of this clone is at work."
    [ ! -e "$lab/complete" ] || fail "A fleet is up already: $0 down"
    need_packages debootstrap iproute2 openssh-client python3 util-linux
    umask 022
    take_down # what a killed one left
    undo+=(take_down_unless_complete)
    # The variable lets take_down find the processes.
    FLEET=$fleet need_debian bookworm 9<&-
    [ "$1" = 1 ] || FLEET=$fleet need_debian trixie 9<&-
    # In memory, where it is fast, and gone at once when it is unmounted.
    mkdir "$lab"
    mount -t tmpfs -o mode=0755 "$fleet" "$lab"
    make_keys
    make_network
    FLEET=$fleet start_hosts 9<&-
    write_inventory
}

take_down_unless_complete() { [ -e "$lab/complete" ] || take_down; }

reach() {
    in_namespace "$controller" env -i "${callers_environment[@]}" FLEET_INVENTORY="$lab/inventory.yml" "$@"
}

command=${1:-}
shift || true
case $command in
    up | down | run | exec | login | state) need_root ;;
    *) sed -n '/^# A fleet/,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
case $command in
    up)
        bring_up "${1:-}"
        touch "$lab/complete"
        echo "Inventory: $lab/inventory.yml"
        echo "Log in:    $0 login ${hosts[0]}"
        echo "Run:       $0 exec sh -c 'ansible -i \"\$FLEET_INVENTORY\" all -m ansible.builtin.ping'"
        ;;
    down) take_down || fail "Something of the fleet is left." ;;
    run)
        [ $# -ge 2 ] || fail "Run what on how many hosts?"
        bring_up "$1"
        shift
        status=0
        reach "$@" 9<&- || status=$?
        exit $status
        ;;
    exec)
        need_fleet
        reach "${@:?Run what?}"
        ;;
    login)
        need_fleet
        log_in "${@:?Which host?}"
        ;;
    state)
        need_fleet
        /usr/bin/python3 -I "$repository/tests/fleet/state.py" "$fleet" "$cache/roots"
        ;;
esac
