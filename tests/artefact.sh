#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the collection as it is published, and install that for ansible: artefact.sh DIRECTORY
# It is then in DIRECTORY/ansible_collections/ebpf/xdp. What is not for users is refused: see build_ignore in galaxy.yml.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
directory=$1

for_users='CHANGELOG\.(md|rst)|CODE_OF_CONDUCT\.md|CONTRIBUTING\.md|FILES\.json|LICENSES/.*|MAINTAINERS\.md|MANIFEST\.json|README\.md|REUSE\.toml|SECURITY\.md|bpf/.*'
for_users+='|changelogs/|changelogs/changelog\.yaml|docs/.*|meta/.*|playbooks/.*|plugins/.*|roles/.*'

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
ansible-galaxy collection build "$repository" --output-path "$built" >"$built/log" || { cat "$built/log" >&2; exit 1; }
tar -tzf "$built"/*.tar.gz >"$built/files"
if grep -vxE "$for_users" "$built/files" || grep -E '(^|/)(\.|__pycache__)|\.py[co]$' "$built/files"; then
    echo "These would be published. Name them in build_ignore of galaxy.yml, or in ${BASH_SOURCE[0]} if users need them." >&2
    exit 1
fi
ansible-galaxy collection install "$built"/*.tar.gz --offline --force --collections-path "$directory" >"$built/log" 2>&1 ||
    { cat "$built/log" >&2; exit 1; }
