#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All tests, or some: test.sh [unit] [sanity] [docs] [integration [TARGET...]] [demo]
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/tests/environment.sh"

unit() {
    say "Unit tests"
    PYTHONPATH=$collections pytest -q -p no:cacheprovider "$collection/tests/unit"
}

# The version in the name of the script that ansible-test fetches, by version of ansible-core.
declare -A get_pip=([2_19]=24_2 [2_20]=25_2 [2_21]=25_2)

sanity() {
    say "Sanity checks of ansible-core"
    # ansible-test fetches get-pip.py to make its environments. The distribution's pip does as well.
    local core
    core=$(python -c 'import ansible.release as r; print("_".join(r.__version__.split(".")[:2]))')
    mkdir -p "$HOME/.ansible/test/cache"
    local fetched=$HOME/.ansible/test/cache/get_pip_${get_pip[$core]}.py
    if [ ! -e "$fetched" ]; then
        cp "$repository/tests/get_pip.py" "$fetched"
        undo+=("rm -f $fetched")
    fi
    (cd "$collection" && ansible-test sanity --color no --local --requirements --python "$python_version")
}

docs() {
    say "Documentation as ansible-doc shows it"
    local module role
    for module in xdp_boot xdp_compile xdp_host_info xdp_pin xdp_pinned_info xdp_stats; do
        ansible-doc --type module "ebpf.xdp.$module" >/dev/null
    done
    for role in xdp_host xdp_program; do
        ansible-doc --type role "ebpf.xdp.$role" >/dev/null
    done
    ansible-playbook --syntax-check ebpf.xdp.demo
}

# In a network namespace of its own, so that no interface of the machine is ever touched.
integration() {
    say "Integration targets"
    local namespace=xdp-test-$$
    need_namespace "$namespace"
    in_namespace "$namespace" ip link set lo up
    (cd "$collection" && in_namespace "$namespace" ansible-test integration --color no --python "$python_version" "$@")
}

demo() {
    say "The demonstration"
    "$repository/demo.sh"
}

need_root
need_packages iproute2 procps python3 python3-venv python3-bpfcc python3-pyroute2 linux-libc-dev \
    bpftool clang strace openssh-server openssh-client
need_python test
need_collection
python_version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

if [ $# = 0 ]; then
    set -- unit docs sanity integration demo
fi
while [ $# -gt 0 ]; do
    if [ "$1" = integration ]; then
        shift
        targets=()
        while [ $# -gt 0 ] && [ -d "$repository/tests/integration/targets/$1" ]; do
            targets+=("$1")
            shift
        done
        integration "${targets[@]}"
    else
        "$1"
        shift
    fi
done
say "All of it passed"
