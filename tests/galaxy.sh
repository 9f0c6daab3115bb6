#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What Galaxy and its users do with the collection that is published: it imports it, ansible-builder reads what it needs, and the
# oldest and the newest ansible-core install it. Takes a minute or two; needs no root.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/environment.sh
. "$here/environment.sh"

work=$(mktemp -d)
undo+=("rm -rf $work")
# An environment of its own: the importer pins what the other checks have newer.
tools=$cache/galaxy
requirements=$repository/tests/requirements/galaxy.txt
if ! cmp -s "$requirements" "$tools/installed"; then
    say "Installing into a virtual environment: $(paste -sd ' ' "$requirements")"
    /usr/bin/python3 -m venv --clear "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$tools/installed"
fi
PATH=$tools/bin:$PATH

say "Import"
ansible-galaxy collection build "$repository" --output-path "$work" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
# Its ansible-test wants containers: tests/sanity.py runs ours. ansible-lint is a check of noxfile.py.
printf '%s\n' '[galaxy-importer]' 'RUN_ANSIBLE_TEST = False' 'RUN_ANSIBLE_LINT = False' 'RUN_FLAKE8 = False' \
    'CHECK_CHANGELOG = True' >"$work/importer.cfg"
(cd "$work" && GALAXY_IMPORTER_CONFIG=$work/importer.cfg python -m galaxy_importer.main ./*.tar.gz) >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
if grep -E '^(WARNING|ERROR)' "$work/log"; then
    echo "The importer should have nothing to say." >&2
    exit 1
fi
tail -n 1 "$work/log"

say "What an execution environment needs"
"$repository/tests/artefact.sh" "$work/collections"
ansible-builder introspect "$work/collections" | tee "$work/needs"
# Both of them, and nothing for Python.
[ "$(grep -c 'openssh-client' "$work/needs")" = 2 ]
grep -qx 'python: \[\]' "$work/needs"

# installs CORE: this ansible-core takes the collection, without a word about its version, and shows a module.
installs() (
    export CORE=$1
    # shellcheck source=tests/environment.sh
    . "$here/environment.sh"
    need_python demo
    "$repository/tests/artefact.sh" "$work/$CORE"
    export ANSIBLE_COLLECTIONS_PATH=$work/$CORE
    ansible-doc --type module ebpf.xdp.xdp_pin >"$work/page" 2>"$work/said"
    if grep -i 'does not support' "$work/said"; then exit 1; fi
    grep -q 'XDP' "$work/page"
    ansible --version >"$work/version"
    head -n 1 "$work/version"
)

say "Installation"
for core in $(python3 "$here/cores.py" list | sed -n '1p;$p'); do
    if python3 "$here/cores.py" python "$core" >/dev/null; then
        installs "$core"
    else
        echo "NOT RUN on ansible-core $core"
    fi
done
