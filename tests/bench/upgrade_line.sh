#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What packets meet during an upgrade, by xdp_pin and by commands, as a picture: bench/upgrade_line.sh PICTURE.svg
set -euo pipefail
# shellcheck source=tests/environment.sh
. "$(dirname "${BASH_SOURCE[0]}")/../environment.sh"

[ $# = 1 ] || { echo "Usage: upgrade_line.sh PICTURE.svg" >&2; exit 2; }
picture=$(realpath "$1")
unset PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE
need_root
need_packages iproute2 python3 python3-venv clang libbpf-dev openssh-server openssh-client
need_python test
need_collection
work=$(mktemp -d)
undo+=("rm -rf $work")
# shellcheck source=tests/bench/host.sh
. "$repository/tests/bench/host.sh"
need_bench_host
bench=$collection/tests/bench
for version in 1 2; do
    clang -O2 -g -target bpf "-I/usr/include/$(uname -m)-linux-gnu" -DVERSION=$version -c "$bench/marks.c" -o "$work/mark_$version.o"
done
BENCH_SETS=$bpffs/sets in_namespace "$namespace" python "$bench/upgrade_line.py" "$work" "$work/lines.json"
python "$bench/upgrade_picture.py" "$work/lines.json" "$picture"
say "$picture"
