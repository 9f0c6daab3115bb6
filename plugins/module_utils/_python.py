# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""An answer for hosts whose Python is too old. To be imported before anything else of ours.

ansible-core 2.16 runs modules by Python 3.6 and 2.17 by Python 3.7, where the
rest of the collection is a syntax error. So this file and the modules have
nothing in them that Python 3.6 cannot read (test_old_pythons.py).
"""

import json
import sys

OLDEST = (3, 8)


def too_old(found: "tuple[int, ...]", path: str) -> str:
    """What the user reads; nothing where this version will do."""
    if found >= OLDEST:
        return ""
    return (
        "The collection ebpf.xdp needs Python {}.{} or later on the host, and {} is Python {}.{}. Install a later one beside it, "
        "and name it in the variable ansible_python_interpreter. Nothing was changed"
    ).format(*OLDEST, path, *found[:2])


_too_old = too_old(tuple(sys.version_info[:3]), sys.executable)
if _too_old:
    # As AnsibleModule.fail_json does, which may not run here.
    print(json.dumps({"failed": True, "msg": _too_old}))  # pylint: disable=ansible-bad-function
    sys.exit(1)  # pylint: disable=ansible-bad-function  # as above
