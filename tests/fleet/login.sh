# shellcheck shell=bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# How the hosts are reached: keys, the inventory, logging in. To be sourced by fleet.sh.
# shellcheck disable=SC2154  # its variables

make_keys() {
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$lab/host_key"
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$lab/user_key"
    echo "198.18.0.* $(cat "$lab/host_key.pub")" >"$lab/known_hosts"
    # Nothing of the user's own configuration.
    ssh_options=(-F /dev/null -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes
        -o "UserKnownHostsFile=$lab/known_hosts" -o GlobalKnownHostsFile=/dev/null)
    echo "${ssh_options[*]}" >"$lab/ssh_options"
}

write_inventory() {
    local suite index
    {
        echo "all:"
        echo "  children:"
        for suite in bookworm trixie; do
            echo "    $suite:"
            echo "      hosts:"
            for index in "${!hosts[@]}"; do
                [[ ${hosts[index]} = "$suite"* ]] || continue
                echo "        ${hosts[index]}:"
                echo "          ansible_host: $(host_address "$index")"
                echo "          fleet_namespace: $fleet-${hosts[index]}"
            done
        done
        # ansible_ssh_args stays Ansible's own, so that one connection serves many tasks.
        cat <<EOT
  vars:
    ansible_connection: ssh
    ansible_user: root
    ansible_ssh_private_key_file: $lab/user_key
    ansible_ssh_common_args: ${ssh_options[*]}
    ansible_control_path_dir: $lab/control
    ansible_pipelining: true
    ansible_python_interpreter: /usr/bin/python3
EOT
    } >"$lab/inventory.yml"
}

# log_in HOST [COMMAND...]
log_in() {
    local host=$1 options
    shift
    [ -e "$lab/hosts/$host/address" ] || fail "There is no host $host."
    read -ra options <"$lab/ssh_options"
    in_namespace "$controller" ssh "${options[@]}" -i "$lab/user_key" "root@$(cat "$lab/hosts/$host/address")" "$@"
}
