#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the docsite: docsite.sh DIRECTORY. It is in DIRECTORY/html then. Warnings are errors.
# To be run where Ansible finds the collection by its name; "nox -s docsite" does so.
set -euo pipefail
shopt -s nullglob
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$1"
directory=$(cd "$1" && pwd)

rm -rf "$directory"/{source,html,doctrees}
# antsibull-docs insists that nobody else can write there.
mkdir -m 755 "$directory"/source{,/collection}
# Laid out like the repository, for links from one file to another. Copies, as MyST-Parser follows symbolic links.
cp -r -t "$directory/source" "$repository"/{*.md,*.rst,LICENSES,bpf,docs,plugins,roles}
antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --dest-dir "$directory/source/collection" ebpf.xdp
sphinx-build --fail-on-warning --keep-going --quiet --builder html --doctree-dir "$directory/doctrees" \
    --conf-dir "$repository/docs/docsite" "$directory/source" "$directory/html"
