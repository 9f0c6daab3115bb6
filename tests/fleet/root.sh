# shellcheck shell=bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Minimal Debian root file systems, kept in the cache. To be sourced after environment.sh.
# shellcheck disable=SC2154  # its variables

# What Ansible and the roles need of a host, and nothing that loads or compiles programs.
root_packages=(python3 openssh-server iproute2 systemd udev)

# need_debian SUITE: a root in $cache/roots/SUITE, for hosts that share it and write elsewhere.
need_debian() {
    local suite=$1 root=$cache/roots/$1
    if [ "$(cat "$root.made-of" 2>/dev/null)" = "${root_packages[*]}" ]; then
        return
    fi
    say "Making a minimal $suite"
    mkdir -p "$cache/roots" "$cache/packages"
    rm -rf --one-file-system "$root.made-of" "$root" "$root.new"
    # In namespaces of its own, so that no mount and no process outlives it.
    unshare --mount --pid --fork --kill-child --mount-proc \
        debootstrap --variant=minbase --cache-dir="$cache/packages" --include="$(IFS=,; echo "${root_packages[*]}")" \
        "$suite" "$root.new" >"$root.log" 2>&1 || { tail "$root.log" >&2; exit 1; }
    # What was downloaded, what is this machine's, and keys that all hosts would share.
    rm -rf "$root.new"/var/cache/apt/archives/*.deb "$root.new"/var/lib/apt/lists/* "$root.new"/etc/ssh/ssh_host_* \
        "$root.new"/etc/{hostname,resolv.conf}
    mv "$root.new" "$root"
    echo "${root_packages[*]}" >"$root.made-of"
}
