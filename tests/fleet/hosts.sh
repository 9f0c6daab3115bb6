# shellcheck shell=bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Starting and ending the hosts. To be sourced by fleet.sh.
# shellcheck disable=SC2154  # its variables

# A host's root is made of layers: what it writes, what is its own from the start, what all hosts of the fleet have,
# and the distribution. So what it wrote is all that is in the first.
start_hosts() {
    local index
    local -A started=()
    install -d "$lab"/layer/{etc/ssh/sshd_config.d,root/.ssh}
    chmod 700 "$lab"/layer/root{,/.ssh}
    install -m 600 "$lab/host_key" "$lab/layer/etc/ssh/ssh_host_ed25519_key"
    install -m 644 "$lab/host_key.pub" "$lab/layer/etc/ssh/ssh_host_ed25519_key.pub"
    install -m 600 "$lab/user_key.pub" "$lab/layer/root/.ssh/authorized_keys"
    install -m 644 "$repository/tests/fleet/sshd.conf" "$lab/layer/etc/ssh/sshd_config.d/fleet.conf"
    [ "${FLEET_INIT:-sshd}" != systemd ] || prepare_systemd
    mkdir "$lab/hosts"
    for index in "${!hosts[@]}"; do
        start_host "${hosts[index]}" "$(host_address "$index")"
    done
    await_hosts
}

# What would change the machine's kernel, or takes long and is for nothing here.
not_started=(timers.target systemd-sysctl.service systemd-binfmt.service systemd-modules-load.service kmod-static-nodes.service
    systemd-udev-trigger.service systemd-remount-fs.service systemd-hwdb-update.service systemd-random-seed.service
    ldconfig.service systemd-logind.service console-getty.service getty-static.service getty.target
    proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount sys-kernel-config.mount)

# Control groups of the fleet's own, below those of the machine, for the hosts' services.
prepare_systemd() {
    groups=$(control_groups)
    [ -n "$groups" ] || fail "The hosts cannot have systemd: no file system of the type cgroup2 is mounted."
    install -d "$lab/layer/etc/systemd/system"
    local unit
    for unit in "${not_started[@]}"; do
        ln -s /dev/null "$lab/layer/etc/systemd/system/$unit"
    done
}

# Where the fleet's control groups are, or would be.
control_groups() {
    local top
    top=$(findmnt --noheadings --types cgroup2 --output TARGET | head -n 1)
    [ -z "$top" ] || echo "$top/$fleet"
}

start_host() {
    local host=$1 address=$2 directory=$lab/hosts/$1
    mkdir -p "$directory"/{root,upper,work,layer/etc}
    echo "$address" >"$directory/address"
    echo "$host" >"$directory/layer/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$host" >"$directory/layer/etc/hosts"
    local group=()
    if [ -n "${groups:-}" ]; then
        mkdir -p "$groups/$host"
        # shellcheck disable=SC2016  # for the inner shell
        group=(sh -c 'echo $$ >"$0" && exec "$@"' "$groups/$host/cgroup.procs")
    fi
    # A session of its own: an interrupt from the keyboard is not for the hosts.
    setsid nsenter --net="/run/netns/$fleet-$host" "${group[@]}" \
        unshare --mount --uts --ipc --pid --cgroup --fork --kill-child \
        bash "$repository/tests/fleet/host.sh" "$directory" "$lab/layer:$cache/roots/${host%%[0-9]*}" \
        </dev/null >"$directory/log" 2>&1 &
    started[$host]=$!
    disown # so that bash does not tell how it ended
}

# A host is up when its SSH server listens: then that writes its process id.
await_hosts() {
    local host process deadline=$((SECONDS + 60))
    for host in "${hosts[@]}"; do
        until process=$(cat "$lab/hosts/$host/pid" 2>/dev/null) && [ -e "/proc/$process/root/run/fleet-sshd.pid" ]; do
            if [ $SECONDS -ge $deadline ] || [ ! -e "/proc/${started[$host]}" ]; then
                cat "$lab/hosts/$host/log" >&2
                fail "$host does not come up."
            fi
            sleep 0.02
        done
    done
}

# The fleet's processes: those that were started with its name in their environment, and those in its network
# namespaces, also connections that Ansible keeps, and what somebody started there.
fleet_processes() {
    grep -lszxF "FLEET=$fleet" /proc/[0-9]*/environ | cut -d / -f 3 || true
    stat -L -c '%d:%i %n' "/run/netns/$fleet"-* /proc/[0-9]*/ns/net 2>/dev/null |
        awk '$2 ~ "^/run/" { ours[$1] = 1 } $2 ~ "^/proc/" && $1 in ours { split($2, part, "/"); print part[3] }' || true
}

# It takes what it finds, in whatever state that is.
take_down() {
    local round processes process name namespaces
    for ((round = 0; round < 200; round++)); do
        mapfile -t processes < <(fleet_processes)
        [ ${#processes[@]} != 0 ] || break
        for process in "${processes[@]}"; do
            # This one waits for a host's first process, and for all others with it, and then ends by itself: killed
            # before, it would leave a dead child to the machine's first process, and not all of those care.
            { read -r name <"/proc/$process/comm"; } 2>/dev/null || continue
            [ "$name" != unshare ] || [ $round -ge 20 ] || continue
            kill -KILL "$process" 2>/dev/null || true
        done
        sleep 0.05
    done
    namespaces=$(find /run/netns -maxdepth 1 -name "$fleet-*" -printf 'netns del %f\n' 2>/dev/null) || true
    [ -z "$namespaces" ] || ip -force -batch - <<<"$namespaces" || true
    while mountpoint -q "$lab"; do
        umount -R "$lab" || umount -l "$lab" || break
    done
    local groups
    groups=$(control_groups)
    [ ! -d "$groups" ] || find "$groups" -depth -type d -exec rmdir {} + || return 1
    [ ! -d "$lab" ] || rmdir "$lab" || return 1
    [ ${#processes[@]} = 0 ]
}
