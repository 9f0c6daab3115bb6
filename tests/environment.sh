# shellcheck shell=bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What demo.sh and test.sh need of the machine, made where it is missing. To be sourced.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=$repository/.cache
# The variable CORE names another ansible-core than that of tests/requirements, such as 2.16: see tests/cores.py.
venv=$cache/venv${CORE:+-$CORE}
export PATH=$venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
# Of Ansible's settings only those below: a user's own configuration is not for this.
unset "${!ANSIBLE_@}"
export ANSIBLE_CONFIG=$repository/tests/ansible.cfg

# Things to undo when the script ends, whichever way, last first.
undo=()
at_exit() {
    local index
    for ((index = ${#undo[@]} - 1; index >= 0; index--)); do
        eval "${undo[index]}" || true
    done
}
trap at_exit EXIT
trap 'exit 130' INT TERM

say() { printf '\n== %s\n' "$*"; }

# in_minutes SECONDS
in_minutes() { printf '%3d min %02d s' $(($1 / 60)) $(($1 % 60)); }

need_root() {
    if [ "$(id -u)" != 0 ]; then
        echo "Run this as root: loading XDP programs needs it." >&2
        exit 1
    fi
}

# need_packages PACKAGE...: install those that are missing, without starting any service.
need_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    say "Installing ${missing[*]}"
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        undo+=("rm -f $policy")
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# requirements_of FILE: the lines of a file of tests/requirements, and in their place those of the files that it includes.
requirements_of() {
    local line
    while read -r line; do
        case $line in
            '-r '*) requirements_of "${line#-r }" ;;
            '#'*) ;;
            *) printf '%s\n' "$line" ;;
        esac
    done <"$repository/tests/requirements/$1"
}

# need_python REQUIREMENTS: a virtual environment of the distribution's Python with these in it; for CORE, of one that runs it.
need_python() {
    local requirements python=/usr/bin/python3
    requirements=$(requirements_of "$1.txt")
    if [ -n "${CORE:-}" ]; then
        python=$("$python" "$repository/tests/cores.py" python "$CORE")
        requirements=$(grep -v '^ansible-core' <<<"$requirements" || true; printf '%s\n' "ansible-core ~= $CORE.0")
    fi
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
    if ! cmp -s "$venv/$1.requirements" - <<<"$requirements"; then
        say "Installing into a virtual environment: $(paste -sd ' ' <<<"$requirements")"
        pip install --quiet --disable-pip-version-check -r /dev/stdin <<<"$requirements"
        cat >"$venv/$1.requirements" <<<"$requirements"
    fi
}

# keep_bytecode DIRECTORY [CONDITION]: the interpreter with this directory of modules compiles each module that Ansible sends once
# (see kept_bytecode.py), always or where a condition in Python holds.
keep_bytecode() {
    local line="import os; (${2:-True}) and __import__('kept_bytecode').start()"
    local new
    mkdir -p "$1"
    # Interpreters may be starting just now, and others doing the same: never one without the other, nor a part of it.
    new=$(mktemp "$1/new-XXXXXX")
    cat "$repository/tests/kept_bytecode.py" >"$new"
    chmod 644 "$new"
    mv "$new" "$1/kept_bytecode.py"
    printf '%s\n' "$line" >"$1/kept_bytecode.pth"
}

# clear_labs: remove what killed runs of integration targets have left, as their programs would still be in the kernel. The names
# are those of setup_lab and targets.sh. Does nothing while another run is under way, which it is until its last process has ended.
clear_labs() {
    local lock left
    exec {lock}>/run/ebpf-xdp-tests.lock
    if flock --nonblock "$lock"; then
        for left in $(ip netns list | awk '$1 ~ /^(xt[0-9]+[a-z]*|xdp-test-[0-9]+)$/ {print $1}'); do
            ip netns del "$left" || true
        done
        for left in $(findmnt --noheadings --list --output TARGET | grep -E '^/run/xt[0-9]+'); do
            umount --lazy "$left" || true
        done
        rm -rf --one-file-system /run/xt[0-9]* || true
    fi
    # In place of the exclusive one.
    flock --shared "$lock"
}

# The BPF file system at its usual place; unmounted again when it was not mounted before.
need_bpffs() {
    if [ "$(stat -f -c %T /sys/fs/bpf 2>/dev/null)" != bpf_fs ]; then
        mount -t bpf bpf /sys/fs/bpf
        undo+=("umount /sys/fs/bpf")
    fi
}

# need_namespace NAME: a network namespace that lasts as long as the script.
need_namespace() {
    ip netns add "$1"
    undo+=("ip netns del $1")
}

# Run a command in a network namespace, with everything else as it is: "ip netns exec" would hide the bpffs.
in_namespace() {
    local name=$1
    shift
    nsenter --net="/run/netns/$name" "$@"
}

# The repository under the path that Ansible wants for a collection: $collection, below $collections.
need_collection() {
    # Not below the repository: ansible-test would ask git there which files count, and git ignores copies.
    collections=$(mktemp -d)
    undo+=("rm -rf $collections")
    collection=$collections/ansible_collections/ebpf/xdp
    mkdir -p "$collection"
    (cd "$repository" && find . -mindepth 1 -maxdepth 1 ! -name .git ! -name .cache -exec cp -a -t "$collection" {} +)
    export ANSIBLE_COLLECTIONS_PATH=$collections
}

# need_artefact: the same, but as users get it: built, installed, and with nothing beside what Ansible finds by its name.
need_artefact() {
    collections=$(mktemp -d)
    undo+=("rm -rf $collections")
    collection=$collections/ansible_collections/ebpf/xdp
    "$repository/tests/artefact.sh" "$collections"
    find "$collection" -mindepth 1 -maxdepth 1 ! -name meta ! -name plugins ! -name roles ! -name playbooks \
        -exec rm -r {} +
    export ANSIBLE_COLLECTIONS_PATH=$collections
}

# need_targets: that, with the integration targets and the documents that one of them follows beside it; and what runs them.
need_targets() {
    need_python test
    # Not for the demonstration and benchmarks, which use this environment as well.
    keep_bytecode "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" '"ANSIBLE_TEST_CI" in os.environ'
    need_artefact
    cp -a "$repository"/{tests,docs,README.md} "$collection"
}
