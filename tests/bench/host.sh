# shellcheck shell=bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A host to measure on: a network namespace of this machine with an SSH server, two interfaces and a BPF file system, and
# all that this machine has installed. To be sourced by run.sh, and for a part of it by restore.sh.
# shellcheck disable=SC2154  # its variables

# Sets namespace, and bpffs, a BPF file system of its own.
need_bench_kernel() {
    namespace=xdp-bench-$$
    need_namespace "$namespace"
    bpffs=/run/$namespace
    mkdir "$bpffs"
    undo+=("rmdir $bpffs")
    mount -t bpf bpf "$bpffs"
    undo+=("umount $bpffs")
}

# In these, a host by SSH and one without a connection: $work/inventory.yml.
need_bench_host() {
    need_bench_kernel
    ip -n "$namespace" -batch - <<COMMANDS
link set lo up
link add bench0 type veth peer name bench1
link set bench0 up
link set bench1 up
COMMANDS
    local key
    for key in host_key user_key; do
        ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/$key"
    done
    echo "[127.0.0.1]:2222 $(cat "$work/host_key.pub")" >"$work/known_hosts"
    cat >"$work/sshd.conf" <<CONFIGURATION
ListenAddress 127.0.0.1:2222
HostKey $work/host_key
AuthorizedKeysFile $work/user_key.pub
PidFile $work/sshd.pid
PasswordAuthentication no
UsePAM no
StrictModes no
CONFIGURATION
    # Where the server locks up its unprivileged part.
    if [ ! -d /run/sshd ]; then
        mkdir -m 0755 /run/sshd
        undo+=("rmdir /run/sshd")
    fi
    in_namespace "$namespace" /usr/sbin/sshd -f "$work/sshd.conf" -E "$work/sshd.log"
    until [ -s "$work/sshd.pid" ]; do sleep 0.02; done
    # Also the connections that Ansible keeps.
    undo+=("kill \$(ip netns pids $namespace)")
    cat >"$work/inventory.yml" <<INVENTORY
all:
  hosts:
    on_ssh:
      ansible_connection: ssh
      ansible_host: 127.0.0.1
      ansible_port: 2222
      ansible_user: root
      ansible_ssh_private_key_file: $work/user_key
      # ansible_ssh_args stays Ansible's own, so that one connection serves many tasks.
      ansible_ssh_common_args: -F /dev/null -o IdentitiesOnly=yes -o UserKnownHostsFile=$work/known_hosts
      ansible_control_path_dir: $work/control
    on_local:
      ansible_connection: local
  vars:
    ansible_pipelining: true
    ansible_python_interpreter: /usr/bin/python3
    pin_root: $bpffs/sets
    interface: bench0
INVENTORY
}
