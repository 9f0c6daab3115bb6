# shellcheck shell=bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The network of the fleet: all hosts and the controller on one bridge. To be sourced by fleet.sh.
# shellcheck disable=SC2154  # its variables

# Addresses for benchmarks (RFC 2544): they are nobody's.
host_address() { echo "198.18.0.$(($1 + 1))"; }
controller_address=198.18.0.254

# Without IPv6, the kernel sends nothing by itself on an interface that has no address.
without_ipv6() {
    in_namespace "$1" tee /proc/sys/net/ipv6/conf/{all,default}/disable_ipv6 <<<1 >/dev/null
}

make_network() {
    printf "netns add $fleet-%s\n" controller "${hosts[@]}" | ip -batch -
    without_ipv6 "$controller"
    {
        echo "link add bridge type bridge mcast_snooping 0"
        echo "address add $controller_address/24 dev bridge"
        echo "link set bridge up"
        echo "link set lo up"
        local host
        for host in "${hosts[@]}"; do
            echo "link add $host type veth peer name lan0 netns $fleet-$host"
            echo "link set $host master bridge up"
        done
    } | ip -n "$controller" -batch -
}
