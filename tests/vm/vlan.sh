#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Beside a virtual machine (VM_DEVICES=$(tests/vm/vlan.sh --devices) vm.sh --packages "$(tests/vm/vlan.sh --packages)" SUITE
# tests/vm/vlan.sh): the filter's rules about VLANs, with packets that come through VLAN devices, on a veth and on two network cards
# that take tags away.
set -euo pipefail
case ${1:-} in
    --packages)
        echo bpftool ethtool
        exit
        ;;
    --devices)
        # On one wire. The first one sends.
        number=0
        for model in virtio-net-pci e1000e vmxnet3; do
            number=$((number + 1))
            printf '%s ' -netdev "hubport,id=wire$number,hubid=1" -device "$model,netdev=wire$number,romfile=,mac=02:00:00:00:01:0$number"
        done
        exit
        ;;
esac
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

need_python test
need_collection
ansible-playbook -i "$VM_INVENTORY" "$collection/tests/vm/vlan.yml"
say "Rules about VLANs matched what came with their tags, and were refused where no tag would have come"
