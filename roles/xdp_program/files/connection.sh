#!/bin/sh
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the interfaces of this host that carry the SSH connection by which it was told to run this, one name a line; none
# where there is no such connection. sudo removes SSH_CONNECTION from the environment, so it is looked for in that of the
# processes above. Where Ansible runs on this host itself, the connection above that is not the one that matters.
pid=$$ found=
while [ "${pid:-0}" -gt 1 ]; do
    case $(cat /proc/"$pid"/comm) in
        ansible*) exit 0 ;;
        sshd*) break ;;
    esac
    [ -n "$found" ] || found=$(2>/dev/null tr '\0' '\n' </proc/"$pid"/environ | sed -n 's/^SSH_CONNECTION=//p')
    pid=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/"$pid"/status)
done
# The peer's address and port, and the host's own.
# shellcheck disable=SC2086
set -- $found
[ $# = 4 ] || exit 0
below() {
    echo "$1"
    # A set may name it by an altname.
    ip -o link show dev "$1" | grep -o ' altname [^ \\]*' | cut -d ' ' -f 3
    for lower in /sys/class/net/"$1"/lower_*; do
        [ ! -e "$lower" ] || below "${lower##*/lower_}"
    done
}
for device in $(
    # The way back to the peer, and where the host's own address is: packets may come in by either. The device is a part of
    # a link-local address, for which there is no route to ask for.
    case $1 in
        *%*) echo "${1##*%}" ;;
        *) ip -o route get "$1" ;;
    esac | sed -n 's/.* dev \([^ ]*\).*/\1/p; /^[^ ]*$/p'
    ip -o address show to "${3%%%*}" | sed -n 's/^[0-9]*: *\([^ @]*\).*/\1/p'
); do
    below "$device"
done | sort -u
