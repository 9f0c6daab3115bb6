#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The first process of a host: host.sh DIRECTORY LAYERS, in namespaces that were just made. It ends as the SSH server, or
# as systemd where FLEET_INIT says so.
set -euo pipefail
directory=$1
root=$directory/root

# As the machine counts: /proc is still its own.
read -r process _ </proc/self/stat
echo "$process" >"$directory/pid"

for each in all default; do
    echo 1 >"/proc/sys/net/ipv6/conf/$each/disable_ipv6"
done
# Two interfaces for programs, and the other ends of them.
ip -batch - <<COMMANDS
link set lo up
address add $(cat "$directory/address")/24 dev lan0
link set lan0 up
link add edge0 type veth peer name far0
link add edge1 type veth peer name far1
link set edge0 up
link set far0 up
link set edge1 up
link set far1 up
COMMANDS

# Without the options that would leave something else in the upper layer than the files as they are.
mount -t overlay overlay "$root" -o "redirect_dir=off,metacopy=off,index=off" \
    -o "lowerdir=$directory/layer:$2,upperdir=$directory/upper,workdir=$directory/work"
mount --all --fstab "$(dirname "${BASH_SOURCE[0]}")/fstab" --target-prefix "$root"
cat "$directory/layer/etc/hostname" >"$root/proc/sys/kernel/hostname"

# The old root ends up on top of the new one, and goes away with everything that is mounted there.
init=(/usr/sbin/sshd -D -e)
if [ "${FLEET_INIT:-sshd}" = systemd ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    # By this variable systemd knows that the machine is not its own.
    init=(/usr/bin/env container=fleet /usr/lib/systemd/systemd --log-target=console)
else
    mkdir "$root/run/sshd"
fi

cd "$root"
pivot_root . .
umount --lazy .
exec env -i FLEET="$FLEET" PATH=/usr/sbin:/usr/bin:/sbin:/bin "${init[@]}"
