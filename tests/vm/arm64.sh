# shellcheck shell=bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# To be sourced after environment.sh: roots of arm64 on a machine of any kind.

# Let this machine run programs of arm64 until the script ends: its kernel starts them by qemu-user.
need_arm64() {
    local formats name=ebpf-xdp-$$ magic mask emulator
    [ "$(dpkg --print-architecture)" != arm64 ] || return 0
    need_packages qemu-user-static
    # Debian 13 has the second name only.
    emulator=$(command -v qemu-aarch64-static || command -v qemu-aarch64)
    # An ELF file of 64 bits, little endian; a program or a shared object (2 or 3); for machine 183.
    magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
    mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
    formats=$(mktemp -d)
    mount -t binfmt_misc binfmt_misc "$formats"
    undo+=("umount $formats && rmdir $formats")
    # F: the emulator is opened now, because the roots do not have it.
    printf '%s' ":$name:M::$magic:$mask:$emulator:F" >"$formats/register"
    undo+=("echo -1 >$formats/$name")
}
