#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Make what vm.sh boots: image.sh DIRECTORY SUITE PACKAGE...
# Leaves in DIRECTORY the files kernel, initrd and disk of a minimal Debian SUITE with these packages too. SUITE may end
# in "-arm64".
# To be run in a mount namespace of its own (unshare --mount): nothing here is unmounted when it fails.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"
# shellcheck source=tests/vm/arm64.sh
. "$repository/tests/vm/arm64.sh"

directory=$1
suite=${2%-arm64}
architecture=amd64
[ "$suite" = "$2" ] || architecture=arm64
shift 2

need_root
need_packages debootstrap e2fsprogs cpio xz-utils
[ $architecture != arm64 ] || need_arm64
root=$directory/root
packages=$(dirname "$directory")/packages
mkdir -p "$root/var/cache/apt/archives" "$packages"

# Downloaded packages stay outside of the image, for the next one of the suite.
mount --bind "$packages" "$root/var/cache/apt/archives"
say "Making a minimal $suite for $architecture"
# An older debootstrap does not know a newer suite by name, but every one knows sid, and all of today's are like it.
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
debootstrap --arch="$architecture" --variant=minbase "$suite" "$root" "" "$script" >"$directory/log" || { tail "$directory/log" >&2; exit 1; }

mount -t proc proc "$root/proc"
# How this machine reaches names and packages is how the new one does.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
apt-config dump | sed -n '/^Acquire::\(https\?::\|Check-\)/p' >"$root/etc/apt/apt.conf.d/99building"
# Nothing is to be started here: it would be started on this machine.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
environment=(HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive INITRD=No)
for variable in http_proxy https_proxy no_proxy; do
    [ -z "${!variable:-}" ] || environment+=("$variable=${!variable}")
done
in_root() { chroot "$root" env -i "${environment[@]}" "$@"; }

say "Installing its kernel, an SSH server, Python${*:+, $*}"
in_root apt-get update -qq
# dbus is for "shutdown", which Ansible reboots with; busybox for the initrd below.
in_root apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "linux-image-$architecture" systemd-sysv dbus udev \
    kmod iproute2 openssh-server python3 busybox-static "$@" >>"$directory/log" 2>&1 ||
    { tail "$directory/log" >&2; exit 1; }

# Emulated, each process counts: no log-in prompts, nothing that happens once a day or at a first boot only.
for unit in getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
mkdir -p "$root/etc/systemd/system-generators"
# It would load VMware's drivers.
ln -s /dev/null "$root/etc/systemd/system-generators/systemd-ssh-generator"
in_root systemd-machine-id-setup 2>>"$directory/log"
echo vm >"$root/etc/hostname"
printf '127.0.0.1 localhost vm\n' >"$root/etc/hosts"
# QEMU's own resolver.
echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
install -d -m 700 "$root/root/.ssh"

# The usual initrd finds out what it runs on, which takes a while. This one knows: three drivers and a script.
say "Packing the kernel and the disk"
initrd=$directory/initrd.root
mkdir -p "$initrd"/{bin,dev,disk,modules}
cp "$root/bin/busybox" "$initrd/bin/"
ln -s busybox "$initrd/bin/sh"
cp "$repository/tests/vm/init" "$initrd/init"
version=$(basename "$root"/lib/modules/*)
number=100
# In the order in which they need one another.
while read -r module; do
    case $module in
        *.xz) xz -dc "$root/$module" >"$initrd/modules/$number.ko" ;;
        *) cp "$root/$module" "$initrd/modules/$number.ko" ;;
    esac
    number=$((number + 1))
done < <(in_root modprobe --set-version "$version" --show-depends --all virtio_pci virtio_blk virtio_net ext4 |
    awk '$1 == "insmod" && !seen[$2]++ {print $2}')
(cd "$initrd" && find . | cpio --quiet -o -H newc -R 0:0) >"$directory/initrd"
cp "$root/boot/vmlinuz-$version" "$directory/kernel"

rm -rf "$root/usr/sbin/policy-rc.d" "$root/etc/apt/apt.conf.d/99building" "$root"/var/lib/apt/lists/*
umount "$root/proc" "$root/var/cache/apt/archives"
# Newer than all else: systemd need not rebuild its caches at boot.
touch "$root/etc/.updated" "$root/var/.updated"
truncate -s 4G "$directory/disk"
mke2fs -q -t ext4 -L root -E lazy_itable_init=0,lazy_journal_init=0 -d "$root" "$directory/disk"
rm -rf --one-file-system "$root" "$initrd"
