#!/usr/bin/env bash
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Make the object spec of the program that is shipped compiled: bpf/build.sh [DIRECTORY]
#
# By default it goes beside its source. With clang 14, and libbpf's and the kernel's headers of Debian 12, the file
# is the committed one, byte for byte. Another compiler, for tests: CLANG=clang bpf/build.sh DIRECTORY
# The collection is where PYTHONPATH finds it.
set -euo pipefail
programs=$(cd "$(dirname "${BASH_SOURCE[0]}")/../plugins/plugin_utils/programs" && pwd)
target=$(cd "${1:-$programs}" && pwd)
object=$(mktemp --suffix=.o)
trap 'rm -f "$object"' EXIT

# Relative names, so that no path of this machine is in the types.
cd "$programs"
source=xdp_filter.c
# With jumps and arithmetic of 32 bits, which Linux 5.10 has: fewer instructions.
"${CLANG:-clang-14}" -O2 -g -mcpu=v3 -Wall -Wextra -Werror -target bpf "-I/usr/include/$(uname -m)-linux-gnu" \
    -fdebug-compilation-dir=. -c "$source" -o "$object"
"${PYTHON:-python3}" - "$object" "$source" "$target/${source%.c}.json" <<'END'
import sys

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.members import members
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import VariableSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec_text import to_text

with open(sys.argv[1], "rb") as file:
    spec = read_object(sys.argv[2], file.read())
btf = Btf(spec.btf)
# The constants are members of one structure, for the program's sake. Users give each by its name.
structure = next(variable for variable in spec.variables if variable.name == "set")
constants = [
    VariableSpec(name, structure.map, structure.offset + member.start // 8, btf.size(member.type), member.type)
    for name, member in members(btf, structure.btf_type_id).items()
]
# What no rule asks for costs nothing then.
programs = tuple(program._replace(fold_constants=True) for program in spec.programs)
with open(sys.argv[3], "w", encoding="utf-8") as file:
    file.write(to_text(spec._replace(programs=programs, variables=tuple(sorted(constants)))))
END
