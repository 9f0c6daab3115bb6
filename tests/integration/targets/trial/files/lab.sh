#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The lab of hosts that are reached by ssh: lab.sh up|down ID DIRECTORY COUNT PID
# PID is that of the process which takes the lab away. What others left behind that were killed is removed first.
# Each host is a network namespace with one interface, on which everything comes: its sshd listens there, and the programs
# are attached there; edge0 is another that carries nothing. The last one has its address on a bridge instead.
# It has a BPF file system, a /run, an /etc and users of its own. Below DIRECTORY are keys and the like.
set -euo pipefail
action=$1 id=$2 directory=$3 count=$4 pid=$5
controller=$id-controller

in_host() { nsenter --net="/run/netns/$id-$1" "${@:2}"; }

without_ipv6() { in_host "$1" sysctl -q net.ipv6.conf.{all,default}.disable_ipv6=1; }

up() {
    local index
    sweep
    echo "$pid" >"$directory/pid"
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$directory/host_key"
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$directory/user_key"
    echo "198.18.0.* $(cat "$directory/host_key.pub")" >"$directory/known_hosts"
    # A user who may become root without a password, which no other machine knows of.
    { cat /etc/passwd; echo "operator:x:4711:4711::$directory/operator:/bin/sh"; } >"$directory/passwd"
    { cat /etc/shadow; echo 'operator:*:20000::::::'; } >"$directory/shadow"
    { cat /etc/group; echo 'operator:x:4711:'; } >"$directory/group"
    { echo 'root ALL=(ALL:ALL) NOPASSWD: ALL'; echo 'operator ALL=(ALL:ALL) NOPASSWD: ALL'; } >"$directory/sudoers"
    chmod 0440 "$directory/sudoers"
    chmod 0600 "$directory/shadow"
    chmod 0711 "$directory"
    install -d -m 0700 -o 4711 -g 4711 "$directory/operator"
    ip netns add "$controller"
    without_ipv6 controller
    ip -n "$controller" -batch - <<COMMANDS
link add bridge type bridge mcast_snooping 0
address add 198.18.0.254/24 dev bridge
link set bridge up
link set lo up
COMMANDS
    for ((index = 1; index <= count; index++)); do
        start_host "host$index" "198.18.0.$index" "$([ "$index" != "$count" ] && echo lan0 || echo bridge0)"
    done
    for ((index = 1; index <= count; index++)); do
        await_host "host$index"
    done
}

start_host() {
    local host=$1 address=$2 device=$3
    ip netns add "$id-$host"
    without_ipv6 "$host"
    ip -n "$id-$host" -batch - <<COMMANDS
link set lo up
link add lan0 type veth peer name $host netns $controller
link set lan0 up
link property add dev lan0 altname uplink
link add edge0 type veth peer name far0
link set edge0 up
link set far0 up
COMMANDS
    [ "$device" = lan0 ] || ip -n "$id-$host" -batch - <<COMMANDS
link add $device type bridge mcast_snooping 0
link set lan0 master $device
link set $device up
COMMANDS
    ip -n "$id-$host" address add "$address/24" dev "$device"
    ip -n "$controller" link set "$host" master bridge up
    cat >"$directory/$host.conf" <<CONF
ListenAddress $address
HostKey $directory/host_key
AuthorizedKeysFile $directory/user_key.pub
PidFile $directory/$host.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
StrictModes no
UseDNS no
Subsystem sftp internal-sftp
CONF
    # ip netns exec gives the server a mount namespace and a /sys of its own: these mounts end with it.
    # shellcheck disable=SC2016  # the other shell has these variables
    ip netns exec "$id-$host" sh -euc '
        mount -t bpf bpf /sys/fs/bpf
        for each in passwd shadow group sudoers; do mount --bind "$1/$each" "/etc/$each"; done
        mount -t tmpfs -o mode=0755 tmpfs /run
        mkdir -m 0755 /run/sshd
        mkdir -m 1777 /run/ansible
        exec /usr/sbin/sshd -f "$1/$2.conf" -E "$1/$2.log"
    ' - "$directory" "$host"
}

# Then sshd writes its process id.
await_host() {
    local round
    for ((round = 0; round < 200; round++)); do
        [ ! -s "$directory/$1.pid" ] || return 0
        sleep 0.05
    done
    cat "$directory/$1.log" >&2
    return 1
}

# A lab says itself whose it is: other namespaces that are called so are left alone.
sweep() {
    local file left owner
    for file in "$(dirname "$directory")"/trial*/pid; do
        if [ -O "$file" ] && owner=$(cat "$file") && [ ! -e "/proc/$owner" ]; then
            left=$(dirname "$file")
            remove "$(basename "$left")" "$left"
        fi
    done
}

down() { remove "$id" "$directory"; }

# A network namespace lives on as long as there is a process in it.
remove() {
    local id=$1 directory=$2 namespace namespaces signal processes
    mapfile -t namespaces < <(find /run/netns -maxdepth 1 -name "$id-*" -printf '%f\n')
    for namespace in "${namespaces[@]}"; do
        for signal in TERM TERM TERM KILL KILL KILL KILL; do
            mapfile -t processes < <(ip netns pids "$namespace")
            [ ${#processes[@]} != 0 ] || break
            kill "-$signal" "${processes[@]}" 2>/dev/null || true
            sleep 0.1
        done
        ip netns del "$namespace"
    done
    rm -rf --one-file-system "$directory"
}

"$action"
