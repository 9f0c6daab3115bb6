# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put pip into a virtual environment from what Python ships, for ansible-test.

ansible-test downloads a script of this kind for each environment that it makes.
test.sh puts this one in its place, so that nothing is fetched but packages.
"""

import subprocess
import sys

if __name__ == "__main__":
    # In a process of its own: it turns pip's configuration off for the one that it runs in.
    subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade"])
    requirements = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", *requirements])
