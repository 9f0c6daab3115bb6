#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Unit tests by a Python of arm64: arm64.sh [PATH...], as pytest has paths.
# By default those of what reads types (_btf), and of what knows the layouts that the kernel reads and writes (_bpf, _network).
# It is Debian 13's Python, without Ansible, and emulated (qemu-user) on a machine of another kind. What needs a kernel of
# arm64 runs beside one: "vm.sh bookworm-arm64".
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
# shellcheck source=tests/vm/arm64.sh
. "$repository/tests/vm/arm64.sh"

need_root
# Alone in a mount namespace: what is mounted in the root is seen by nobody, and gone in the end.
[ -n "${ARM64_MOUNTS:-}" ] || ARM64_MOUNTS=own exec unshare --mount "${BASH_SOURCE[0]}" "$@"
need_packages mmdebstrap debian-archive-keyring
need_arm64
root=$cache/arm64
recipe=$(sha256sum <"${BASH_SOURCE[0]}")
if [ "$(cat "$root/recipe" 2>/dev/null)" != "$recipe" ]; then
    say "Making a root with Python for arm64"
    rm -rf --one-file-system "$root"
    mkdir -p "$cache"
    # Packages are unpacked and no more: their scripts, emulated, take many minutes.
    mmdebstrap --quiet --variant=extract --architectures=arm64 \
        --include=base-files,coreutils,dash,python3-hypothesis,python3-pytest trixie "$root"
    echo "$recipe" >"$root/recipe"
fi
need_collection
# For the tests that read the repository, the collection is where Ansible wants it.
inside=$(mktemp -d -p "$root/root")
undo+=("rm -rf $inside")
cp -a "$collections/ansible_collections" "$inside/"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
if [ $# = 0 ]; then
    # Emulated, three take longer than they allow themselves, and one asks for a namespace's cookie, which qemu-user lacks.
    parts=tests/unit/plugins/module_utils
    set -- $parts/_btf $parts/_bpf $parts/_network -k "not no_longer and not proportion and not (damage and members) and not older_one"
fi
say "On $(chroot "$root" uname -m): $*"
# It keeps the bytecode of what the root has, which takes long to compile.
# shellcheck disable=SC2016  # for the inner shell
chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    PYTHONPATH="${inside#"$root"}" ANSIBLE_COLLECTIONS_PATH="${inside#"$root"}" \
    sh -euc 'cd "$1" && shift && exec python3 -m pytest -q -p no:cacheprovider "$@"' \
    sh "${inside#"$root"}/ansible_collections/ebpf/xdp" "$@"
