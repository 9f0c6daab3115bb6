# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects damaged in thousands of ways: damage.py COUNT SEED DIRECTORY

Each is read; what can be read all the same is loaded into the kernel. Allowed
are a loaded program and an ``XdpError``. Anything else ends this, as do a
descriptor that stays open, more memory than the limit, and a reading that takes
longer than the alarm allows. Each processor has its own objects to damage.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial

from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of

# Seconds for one object; reading a whole one takes a millisecond.
_ALARM = 20
_ADDRESS_SPACE = 1 << 30

# What a damaged number may make the kernel allocate for a map is the user's affair, but not this test's.
_LARGEST_MAP = 1 << 20


class Counts:
    def __init__(self) -> None:
        self.cut = 0
        self.changed = 0
        self.refused = 0
        self.loaded = 0
        self.rejected = 0
        self.too_large = 0

    def add(self, other: Counts) -> None:
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

    def __str__(self) -> str:
        return (
            f"{self.cut} cut off and {self.changed} changed at random: {self.refused} refused when read, "
            f"{self.rejected} refused when loaded, {self.loaded} loaded, {self.too_large} not loaded for their size"
        )


def _programs(spec: ObjectSpec, counts: Counts) -> None:
    if (
        sum(map_spec.max_entries * (map_spec.key_size + 2 * map_spec.value_size) for map_spec in spec.maps)
        > _LARGEST_MAP
    ):
        counts.too_large += 1
        return
    for program in spec.programs:
        try:
            with ExitStack() as held:
                loader.load(spec, team_of(spec, program.name), {}, held)
            counts.loaded += 1
        except XdpError:
            counts.rejected += 1


def _try(path: str, data: bytes, counts: Counts, load: bool) -> None:
    signal.alarm(_ALARM)
    try:
        spec = read_object(path, data) if path.endswith(".o") else spec_text.from_text(path, data)
        # What travels to a host is read there once more.
        if spec_text.from_json(spec_text.to_json(spec)) != spec:
            raise AssertionError(f"{path} does not come back as it went")
    except XdpError:
        counts.refused += 1
        return
    finally:
        signal.alarm(0)
    if load:
        _programs(spec, counts)


def _changed(data: bytes, randomness: random.Random) -> bytes:
    """A few bytes anywhere, or within some hundred bytes, where headers and tables are."""
    damaged = bytearray(data)
    window = randomness.choice((len(data), 256))
    start = randomness.randrange(max(1, len(data) - window + 1))
    for _number in range(randomness.choice((1, 1, 2, 4, 16))):
        place = start + randomness.randrange(min(window, len(data)))
        damaged[place] = randomness.choice((0, 1, 0x7F, 0x80, 0xFF, randomness.randrange(256)))
    return bytes(damaged)


def _damage(path: str, count: int, seed: int) -> Counts:
    counts = Counts()
    open_before = len(os.listdir("/proc/self/fd"))
    with open(path, "rb") as file:
        data = file.read()
    lengths = range(seed % 3, len(data), 3)
    for length in lengths:
        _try(path, data[:length], counts, load=False)
        counts.cut += 1
    if counts.refused < len(lengths):
        raise AssertionError(f"{path} was cut off, and read all the same")
    for number in range(count):
        changed = _changed(data, random.Random(f"{seed} {os.path.basename(path)} {number}"))
        _try(path, changed, counts, load=number % 4 == 0)
        counts.changed += 1
    left_open = len(os.listdir("/proc/self/fd")) - open_before
    if left_open:
        raise AssertionError(f"{left_open} descriptors are still open after {path}")
    return counts


def main() -> None:
    count, seed, directory = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    paths = [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
    total = Counts()
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for counts in processes.map(partial(_damage, count=count, seed=seed), filter(os.path.isfile, paths)):
            total.add(counts)
    if total.loaded == 0 or total.rejected == 0:
        raise AssertionError(f"this tried nothing in the kernel: {total}")
    print(total)


if __name__ == "__main__":
    main()
