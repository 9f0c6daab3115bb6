#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run a command beside a virtual machine: vm.sh [--packages "PACKAGE..."] SUITE [COMMAND...]
# SUITE is bullseye, bookworm, trixie or forky, of amd64, or with "-arm64" behind it of arm64: a minimal Debian with its
# own kernel, as new each time. COMMAND runs on this machine, and finds in its environment
#   VM_INVENTORY  an inventory for Ansible with one host, vm
#   VM_SSH        the beginning of a command line whose rest is run in the virtual machine
#   VM_CONSOLE    the file with what was written to the serial console
# Without COMMAND it is a shell in the virtual machine. That may reboot, and keeps its disk until COMMAND ends, whose
# exit status is this one's. It is emulated, as not every machine has KVM: everything takes some ten times as long.
# VM_THREADS=single emulates its processors one after the other, rather than at once. VM_DEVICES has more arguments for
# QEMU: devices of a machine that has more than a disk and a network card.
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

packages=()
if [ "${1:-}" = --packages ]; then
    mapfile -t packages < <(tr -s ' ' '\n' <<<"$2" | sort -u | sed '/^$/d')
    shift 2
fi
case ${1:-} in
    bullseye | bookworm | trixie | forky | bullseye-arm64 | bookworm-arm64 | trixie-arm64 | forky-arm64) suite=$1 ;;
    *)
        echo "Usage: vm.sh [--packages \"PACKAGE...\"] bullseye|bookworm|trixie|forky[-arm64] [COMMAND...]" >&2
        exit 2
        ;;
esac
shift

# Sets image: the directory with kernel, initrd and disk of this suite with these packages, made where it is missing or
# no longer what image.sh would make.
need_image() {
    local recipe lock
    image=$cache/vm/$suite/$(IFS=+ && echo "${packages[*]:-base}")
    mkdir -p "$cache/vm/$suite"
    exec {lock}>"$cache/vm/$suite/lock"
    flock "$lock"
    recipe=$(cat "$repository/tests/vm/image.sh" "$repository/tests/vm/init" | sha256sum)
    if [ "$(cat "$image/recipe" 2>/dev/null)" != "$recipe" ]; then
        rm -rf "$image"
        unshare --mount "$repository/tests/vm/image.sh" "$image" "$suite" "${packages[@]}"
        echo "$recipe" >"$image/recipe"
    fi
    exec {lock}>&-
}

# Sets machine, a process, and run, a directory with all that belongs to this run.
boot() {
    local devices emulator console
    run=$(mktemp -d)
    undo+=("rm -rf $run")
    ssh-keygen -q -t ed25519 -N '' -C vm -f "$run/key"
    cp "$run/key.pub" "$run/authorized_keys"
    # The kernel unpacks both, one after the other.
    cp "$image/initrd" "$run/initrd"
    (cd "$run" && echo authorized_keys | cpio --quiet -o -H newc -R 0:0) >>"$run/initrd"
    read -ra devices <<<"${VM_DEVICES:-}"
    qemu-img create -q -f qcow2 -F raw -b "$image/disk" "$run/disk"
    case $suite in
        # A processor of servers. virt has nothing to turn off.
        *-arm64) emulator=(qemu-system-aarch64 -machine virt -cpu neoverse-n1) console=ttyAMA0 ;;
        *) emulator=(qemu-system-x86_64 -machine "q35,sata=off,smbus=off,vmport=off" -cpu "qemu64,svm=off") console=ttyS0 ;;
    esac
    # No device that nobody needs: the guest would look for a driver of each. Warnings of the kernel go to the console.
    # no_timer_check: on a busy machine the emulated timer is late, and the guest's kernel takes it for broken.
    # romfile: nothing boots over the network, and not each package of QEMU brings what would.
    # setpriv: no machine outlives this script, even if it is killed.
    setpriv --pdeathsig KILL "${emulator[@]}" -nodefaults -no-user-config -display none \
        -accel "tcg,thread=${VM_THREADS:-multi}" -smp 2 -m 1G \
        -kernel "$image/kernel" -initrd "$run/initrd" \
        -append "console=$console TERM=dumb quiet loglevel=5 net.ifnames=0 no_timer_check" \
        -drive "if=virtio,format=qcow2,cache=unsafe,file=$run/disk" -device virtio-rng-pci \
        -netdev user,id=network,hostfwd=tcp:127.0.0.1:0-:22 -device virtio-net-pci,netdev=network,romfile= \
        "${devices[@]}" -serial "file:$run/console" 2>"$run/log" &
    machine=$!
    undo+=("kill $machine && wait $machine")
}

# The port that QEMU got for its port 0.
forwarded_port() {
    ss -Hltnp | sed -n "s/.* 127\.0\.0\.1:\([0-9]*\) .*pid=$machine,.*/\1/p"
}

running() {
    kill -0 "$machine" 2>/dev/null && ! grep -qs 'Kernel panic' "$run/console"
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        if [ $SECONDS -ge $deadline ] || ! running; then
            echo "The virtual machine does not come up. Its last words:" >&2
            tail -n 40 "$run/log" "$run/console" >&2
            exit 1
        fi
        sleep 0.2
    done
}

listening() { [ -n "$(forwarded_port)" ]; }
# QEMU takes connections for a machine that does not answer yet.
answering() { ssh -F "$run/ssh_config" -o ConnectTimeout=5 vm true 2>/dev/null; }

ways_in() {
    local port
    wait_for 10 listening
    port=$(forwarded_port)
    cat >"$run/ssh_config" <<END
Host vm 127.0.0.1
    HostName 127.0.0.1
    Port $port
    User root
    IdentityFile $run/key
    IdentitiesOnly yes
    BatchMode yes
    StrictHostKeyChecking accept-new
    UserKnownHostsFile $run/known_hosts
    ServerAliveInterval 10
    ServerAliveCountMax 60
    ConnectTimeout 60
    LogLevel ERROR
END
    cat >"$run/inventory.yml" <<END
all:
  hosts:
    vm:
      ansible_host: 127.0.0.1
      ansible_port: $port
      ansible_user: root
      ansible_ssh_private_key_file: $run/key
      ansible_ssh_common_args: -F $run/ssh_config
      ansible_pipelining: true
      ansible_python_interpreter: /usr/bin/python3
END
    export VM_INVENTORY=$run/inventory.yml VM_SSH="ssh -F $run/ssh_config vm" VM_CONSOLE=$run/console
}

# What is said goes to standard error: standard output is COMMAND's.
{
    need_root
    case $suite in
        *-arm64) emulated=qemu-system-arm ;;
        *) emulated=qemu-system-x86 ;;
    esac
    need_packages "$emulated" qemu-utils cpio openssh-client iproute2 python3 python3-venv
    need_python test
    need_image
    say "Booting $suite${packages[*]:+ with ${packages[*]}}"
    SECONDS=0
    boot
    ways_in
    wait_for 300 answering
    # Emulated, Python takes seconds to compile a module.
    keep_bytecode "$run/modules"
    tar -c -C "$run/modules" . | $VM_SSH tar -x --no-overwrite-dir -C /usr/lib/python3/dist-packages
    say "It is up after $SECONDS s: ${*:-a shell}"
} >&2

if [ $# = 0 ]; then
    set -- ssh -t -F "$run/ssh_config" vm
fi
"$@"
