#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Try a command in a fresh clone on a fresh Debian: fresh-debian.sh [--after FILE] SUITE COMMAND...
# SUITE is bookworm or trixie; the root is a minimal one, made anew each time and removed afterwards.
# The clone has what is committed. The kernel is this machine's. Packages that were fetched before come from
# .cache/fresh, and what the command leaves in .cache/tested.json is kept there as SUITE.json (see tests/tested.py).
# With --after, everything that test.sh needs is installed at once, at low priority, and the command begins when FILE exists.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

need_root
need_packages debootstrap debian-archive-keyring git
after='' gently=()
if [ "$1" = --after ]; then
    after=$2 gently=(nice -n 19)
    shift 2
fi
suite=$1
shift

kept=$cache/fresh
mkdir -p "$kept/$suite-base" "$kept/$suite-packages/partial" "$kept/$suite-pip"

root=$(mktemp -d)
chmod 755 "$root"
# Never while anything is mounted in it: the repository itself is, and lies on the same file system.
undo+=("mountpoint -q $root || rm -rf --one-file-system $root")
# A mount point of its own, private: what is mounted inside is seen by nobody else.
mount --bind "$root" "$root"
undo+=("umount -R $root 2>/dev/null || umount -R --lazy $root")
mount --make-rprivate "$root"
say "Making a minimal $suite"
"${gently[@]}" debootstrap --variant=minbase --cache-dir="$kept/$suite-base" "$suite" "$root" >"$root.log" || { tail "$root.log" >&2; exit 1; }
undo+=("rm -f $root.log")

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount --make-rprivate "$root/dev"
mkdir -p "$root/repository" "$root/root/.cache/pip"
mount --bind "$repository" "$root/repository"
mount -o remount,bind,ro "$root/repository"
mount --bind "$kept/$suite-packages" "$root/var/cache/apt/archives"
mount --bind "$kept/$suite-pip" "$root/root/.cache/pip"

# How this machine reaches names and packages is how the fresh one does.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
environment=(HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin)
authorities=${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}
if [ -e "$authorities" ]; then
    cp -L "$authorities" "$root/etc/authorities.crt"
    # In a file, because ansible-test keeps variables from pip.
    printf '[global]\ncert = /etc/authorities.crt\n' >"$root/etc/pip.conf"
fi
for variable in PIP_INDEX_URL http_proxy https_proxy no_proxy; do
    [ -z "${!variable:-}" ] || environment+=("$variable=${!variable}")
done

# Its root is the root of a mount namespace, as on a machine: in a chroot the kernel makes no user namespaces, which
# some tests need. What is mounted inside goes with the namespace.
in_root() {
    # shellcheck disable=SC2016  # for the inner shell
    unshare --mount --propagation private -- sh -euc '
        cd "$1"
        shift
        pivot_root . .
        umount --lazy .
        cd /
        exec "$@"
    ' sh "$root" env -i "${environment[@]}" "$@"
}
in_root apt-get update -qq
in_root "${gently[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends git >/dev/null
in_root git config --global --add safe.directory /repository/.git
in_root git clone -q /repository /root/ebpf.xdp
# shellcheck disable=SC2016  # for the inner shell
in_clone=(sh -c 'cd /root/ebpf.xdp && exec "$@"' sh)
if [ -n "$after" ]; then
    in_root "${gently[@]}" "${in_clone[@]}" ./test.sh prepare
    say "Prepared after $(in_minutes $SECONDS)"
    # Not without whoever makes the file.
    until [ -e "$after" ]; do
        kill -0 "$PPID"
        sleep 1
    done
fi
say "In the fresh clone: $*"
in_root "${in_clone[@]}" "$@"
tested=$root/root/ebpf.xdp/.cache/tested.json
[ ! -e "$tested" ] || cp "$tested" "$kept/$suite.json"
