# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps that are full, change meanwhile, or refer to something; bpftool says what is in them."""

from __future__ import annotations

import errno
import os
import signal
import struct
import time
from contextlib import ExitStack

import kernel_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change, frozen, info, map_delete, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import references
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.change import ChangeEntries, Fill, WrittenMap
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.compare import compare, compare_fresh
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Segment, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.references import Context, Held, Translation
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Column, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import place
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from kernel_maps import Map, dump, made, prefix, require, rows, wanted


def _number(number: int) -> bytes:
    return struct.pack("=I", number)


def _numbers(keys: range, value: int = 1) -> dict[bytes, bytes]:
    return {_number(key): _number(value) for key in keys}


def _fill(bpf_map: Map, entries: dict[bytes, bytes]) -> None:
    map_write.put(bpf_map.fd, bpf_map.info, entries.items())
    require(dump(bpf_map) == entries, "filled")


def _fails(act: object, *words: str) -> None:
    try:
        act()  # type: ignore[operator]
    except (XdpError, WrongEntry) as error:
        require(all(word in str(error) for word in words), (str(error), words))
        return
    raise SystemExit(f"no error that says {words}")


def _full(map_type: str, flags: int) -> None:
    with made(map_type, 4, 4, 16, flags) as bpf_map:
        there = _numbers(range(10))
        _fill(bpf_map, there)
        declared = kernel_maps.encoded(bpf_map, rows(_numbers(range(8, 18))))
        _fails(
            lambda: compare(bpf_map.fd, bpf_map.info, declared, wanted()),
            "room for 16 entries",
            "6 more fit",
            "8 are to be added",
        )
        require(dump(bpf_map) == there, "nothing was changed")
        # Eight go, and eight come: they do not fit beside each other.
        difference = compare(bpf_map.fd, bpf_map.info, declared, wanted(exclusive=True))
        require(difference.delete_first and len(difference.warnings) == 1, difference)
        step = ChangeEntries(WrittenMap("contents", bpf_map.fd, bpf_map.info), difference)
        step.do()
        require(dump(bpf_map) == _numbers(range(8, 18)), "exchanged")
        step.undo()
        require(dump(bpf_map) == there, "and back")
        _fails(
            lambda: compare(
                bpf_map.fd,
                bpf_map.info,
                kernel_maps.encoded(bpf_map, rows(_numbers(range(17)))),
                wanted(exclusive=True),
            ),
            "room for 16 entries",
        )


def _filled_meanwhile(map_type: str) -> None:
    """Others take the room between the comparison and the change."""
    key = prefix if map_type == "lpm_trie" else None
    with made(map_type, 8 if key else 4, 4, 16) as bpf_map:
        keys = [key(f"10.0.{at}.0/24") if key else _number(at) for at in range(40)]
        there = {each: _number(1) for each in keys[:10]}
        _fill(bpf_map, there)
        asked = {each: _number(2) for each in keys[5:15]}
        declared = kernel_maps.encoded(bpf_map, rows(asked))
        difference = compare(bpf_map.fd, bpf_map.info, declared, wanted(exclusive=True))
        require(difference.counts == Counts(5, 5, 5, 0), difference.counts)
        others = {each: _number(3) for each in keys[20:24]}
        map_write.put(bpf_map.fd, bpf_map.info, others.items())
        step = ChangeEntries(WrittenMap("contents", bpf_map.fd, bpf_map.info), difference)
        _fails(step.do, "Cannot add the entry", "now it is full")
        require(not step.is_done(), "not done")
        require(dump(bpf_map) == {**there, **others}, "what was there before is there, and what came meanwhile")


def _appears_meanwhile() -> None:
    """A program adds an entry under a key that is to be added: what is not declared of it stays."""
    for options, mask in (({"existing": "keep"}, b"\xff" * 4), ({}, bytes(4))):
        with made("hash", 4, 4, 16) as bpf_map:
            declared = kernel_maps.encoded(bpf_map, rows(_numbers(range(3)), mask))
            difference = compare(bpf_map.fd, bpf_map.info, declared, wanted(**options))
            _fill(bpf_map, {_number(1): _number(77)})
            step = ChangeEntries(WrittenMap("contents", bpf_map.fd, bpf_map.info), difference)
            step.do()
            require(dump(bpf_map) == {**_numbers(range(3)), _number(1): _number(77)}, "77 stays")
            require("1 entries appeared" in step.warnings()[0], step.warnings())
            step.undo()
            require(dump(bpf_map) == {_number(1): _number(77)}, "and is not removed")


def _appears_and_is_full() -> None:
    """The same, and then there is no room: what others have added is not removed when the rest is undone."""
    with made("hash", 4, 4, 8) as bpf_map:
        declared = kernel_maps.encoded(bpf_map, rows(_numbers(range(8))))
        difference = compare(bpf_map.fd, bpf_map.info, declared, wanted(existing="keep"))
        others = _numbers(range(2, 4), 77) | _numbers(range(20, 24), 77)
        _fill(bpf_map, others)
        step = ChangeEntries(WrittenMap("contents", bpf_map.fd, bpf_map.info), difference)
        _fails(step.do, "Cannot add the entry 04000000", "now it is full")
        require(dump(bpf_map) == others, "what others have added")


def _counted_meanwhile() -> None:
    """Bits that are not declared are written as they are at the time of the change."""
    with made("hash", 4, 8, 16) as bpf_map:
        _fill(bpf_map, {_number(1): struct.pack("=2I", 1, 1)})
        declared = kernel_maps.encoded(bpf_map, rows({_number(1): struct.pack("=2I", 2, 0)}, b"\xff" * 4 + bytes(4)))
        step = ChangeEntries(
            WrittenMap("contents", bpf_map.fd, bpf_map.info), compare(bpf_map.fd, bpf_map.info, declared, wanted())
        )
        for count, act, limit in ((5, step.do, 2), (6, step.undo, 1)):
            bpf_change.map_update(bpf_map.fd, _number(1), struct.pack("=2I", 3 - limit, count))
            act()
            require(dump(bpf_map) == {_number(1): struct.pack("=2I", limit, count)}, (limit, count))


def _host_bits() -> None:
    """A trie keeps host bits as they were given; it is the same prefix."""
    with made("lpm_trie", 8, 4, 16) as bpf_map:
        _fill(bpf_map, {prefix("10.1.2.3/8"): _number(1), prefix("10.2.0.0/16"): _number(1)})
        asked = {prefix("10.2.0.0/16"): _number(1), prefix("10.0.0.0/8"): _number(1)}
        for in_order in (True, False):
            declared = kernel_maps.encoded(bpf_map, rows(asked), in_trie_order=in_order)
            require(
                compare(bpf_map.fd, bpf_map.info, declared, wanted(exclusive=True)).counts == Counts(unchanged=2),
                in_order,
            )
        changed = {key: _number(2) for key in asked}
        step_of = compare(bpf_map.fd, bpf_map.info, kernel_maps.encoded(bpf_map, rows(changed)), wanted(exclusive=True))
        ChangeEntries(WrittenMap("contents", bpf_map.fd, bpf_map.info), step_of).do()
        require(dump(bpf_map) == changed, "and is written without them")


def _few_in_a_large_trie() -> None:
    """A look-up in a trie finds shorter prefixes, too."""
    with made("lpm_trie", 8, 4, 1000) as bpf_map:
        _fill(bpf_map, {prefix("0.0.0.0/0"): _number(1)})
        declared = kernel_maps.encoded(bpf_map, rows({prefix("10.0.0.0/8"): _number(1)}))
        require(compare(bpf_map.fd, bpf_map.info, declared, wanted()).counts == Counts(added=1), "a prefix of its own")


def _replaced_in_a_trie() -> None:
    """What a full trie needs where the kernel cannot change it in place; here on one that would not need it."""
    with made("lpm_trie", 8, 4, 2) as bpf_map:
        _fill(bpf_map, {prefix("10.0.0.0/8"): _number(1), prefix("0.0.0.0/0"): _number(1)})
        full = OSError(errno.ENOSPC, "full")
        require(map_write.replace(bpf_map.fd, prefix("10.0.0.0/8"), _number(2), full), "replaced")
        require(dump(bpf_map)[prefix("10.0.0.0/8")] == _number(2), "with another value")
        try:
            map_write.replace(bpf_map.fd, prefix("11.0.0.0/8"), _number(2), full)
        except OSError as error:
            require(error is full, error)
        else:
            raise SystemExit("a key that is not there was replaced")
        # Whichever kernel this is, entries of a full trie change.
        declared = kernel_maps.encoded(bpf_map, rows({prefix("10.0.0.0/8"): _number(5)}))
        step = ChangeEntries(
            WrittenMap("contents", bpf_map.fd, bpf_map.info), compare(bpf_map.fd, bpf_map.info, declared, wanted())
        )
        step.do()
        require(dump(bpf_map) == {prefix("10.0.0.0/8"): _number(5), prefix("0.0.0.0/0"): _number(1)}, "changed")


def _deleted() -> None:
    """Keys that are not there do not matter, wherever in a batch they are."""
    for map_type in ("hash", "lpm_trie", "devmap_hash"):
        with made(map_type, 8, 4, 1000) if map_type == "lpm_trie" else made(map_type, 4, 4, 1000) as bpf_map:
            keys = [prefix(f"10.0.{at}.0/24") if map_type == "lpm_trie" else _number(at) for at in range(100)]
            there = keys[::3]
            map_write.put_all(bpf_map.fd, bpf_map.info, b"".join(there), _number(1), uniform=True)
            require(len(dump(bpf_map)) == len(there), map_type)
            require(map_delete.delete_all(bpf_map.fd, bpf_map.info, b"".join(keys[:90])) == 30, map_type)
            require(sorted(dump(bpf_map)) == sorted(each for each in there if each not in keys[:90]), map_type)


def _churn(map_type: str) -> None:
    """Others add and remove meanwhile: what nobody touches is neither missed nor seen twice."""
    with made(map_type, 8, 4, 20_000) if map_type == "lpm_trie" else made(map_type, 4, 4, 20_000) as bpf_map:
        key = (lambda at: prefix(f"10.{at >> 8}.{at & 255}.0/24")) if map_type == "lpm_trie" else _number
        asked = {key(at): _number(1) for at in range(6_000)}
        map_write.put(bpf_map.fd, bpf_map.info, asked.items())
        if map_type == "lpm_trie":
            asked = dict(sorted(asked.items(), key=lambda entry: place(entry[0])))
        declared = kernel_maps.encoded(bpf_map, rows(asked), in_trie_order=map_type == "lpm_trie")
        child = os.fork()
        if not child:
            others = [key(at) for at in range(30_000, 32_000)]
            until = time.monotonic() + 20
            while time.monotonic() < until:
                for each in others:
                    bpf_change.map_update(bpf_map.fd, each, _number(2))
                for each in others:
                    bpf_change.map_delete(bpf_map.fd, each)
            os._exit(0)
        try:
            for exclusive in (False, True) * 4:
                counts = compare(bpf_map.fd, bpf_map.info, declared, wanted(exclusive=exclusive)).counts
                require(counts._replace(removed=0) == Counts(unchanged=6_000), (map_type, counts))
                require(counts.removed <= 2_000 * exclusive, counts)
            # Neither is the room that there is.
            asked = {key(at): _number(1) for at in range(8_000, 20_000)}
            for _attempt in range(5):
                counts = compare(bpf_map.fd, bpf_map.info, kernel_maps.encoded(bpf_map, rows(asked)), wanted()).counts
                require(counts.added == 12_000, (map_type, counts))
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _frozen() -> None:
    with made("hash", 4, 4, 16) as bpf_map:
        require(not frozen.is_frozen(bpf_map.fd), "not yet")
        bpf_change.map_freeze(bpf_map.fd)
        require(frozen.is_frozen(bpf_map.fd), "frozen")


def _beyond() -> None:
    for map_type in ("array", "devmap", "cpumap"):
        with made(map_type, 4, 4, 2) as bpf_map:
            declared = kernel_maps.encoded(bpf_map, rows(_numbers(range(1, 3))))
            _fails(
                lambda bpf_map=bpf_map, declared=declared: compare(bpf_map.fd, bpf_map.info, declared, wanted()),
                "the last index is 1",
            )


def _program(kind: str) -> Held:
    code = struct.pack("=BBhiBBhi", 0xB7, 0, 0, 2, 0x95, 0, 0, 0)  # return XDP_PASS
    fd = bpf_change.prog_load(kind, code, "GPL", attach_type=kind)
    return Held(fd, info.object_id(fd))


def _table(keys: list[int], **columns: list[object]) -> tuple[Table, list[bytes]]:
    data = b"".join(struct.pack("<I", key) for key in keys)
    found = [Column(("key",), "u32", data)]
    for name, items in columns.items():
        found.append(Column(("value",) if name == "plain" else ("value", name), "json", items))
    return Table((Block(len(keys), tuple(found)),)), [_number(key) for key in keys]


def _refer(
    bpf_map: Map,
    table: Table,
    keys: list[bytes],
    context: Context,
    held: ExitStack,
    expected: dict[bytes, bytes],
    **options: object,
) -> references.References:
    """Declare references, and look whether they are what is there; do, undo, do."""
    by_key = kernel_maps.encoded(
        bpf_map, Segment(len(keys), b"".join(keys), bytes(bpf_map.length), True, bytes(bpf_map.length))
    )
    found = references.encode(bpf_map.info.type, bpf_map.info.value_size, table, by_key, context)
    before = dump(bpf_map)
    difference = compare(bpf_map.fd, bpf_map.info, found.encoded, wanted(**options))
    translation = Translation(bpf_map.info.type, bpf_map.info.value_size, found.held, held)
    translation.hold(difference)
    written = WrittenMap("contents", bpf_map.fd, bpf_map.info, translation, references.ADVICE[bpf_map.info.type])
    step = ChangeEntries(written, difference)
    for act, entries in ((step.do, expected), (step.undo, before), (step.do, expected)):
        act()
        require(dump(bpf_map) == entries, (bpf_map.info.type, dump(bpf_map), entries))
    require(not compare(bpf_map.fd, bpf_map.info, found.encoded, wanted(**options)).changed, bpf_map.info.type)
    return found


def _references() -> None:
    with ExitStack() as held:
        programs = {kind: _program(kind) for kind in ("xdp", "xdp_devmap", "xdp_cpumap")}
        other = _program("xdp")
        for program in (*programs.values(), other):
            held.callback(os.close, program.fd)
        programs["other"] = other
        inner = {}
        for name in ("first", "second"):
            bpf_map = held.enter_context(made("hash", 4, 4, 16))
            inner[name] = Held(bpf_map.fd, bpf_map.info.id)
        context = Context(programs.get, inner.get, {"lo": 1}.get)
        lo, none = _number(1), _number(0)

        for map_type in ("devmap", "devmap_hash"):
            with made(map_type, 4, 8, 16) as bpf_map:
                leads = _number(programs["xdp_devmap"].id)
                table, keys = _table([3, 7, 9], ifindex=["lo", 1, "eth99"], program=["xdp_devmap", None, None])
                found = _refer(bpf_map, table, keys, context, held, {_number(3): lo + leads, _number(7): lo + none})
                require(found.awaited == (references.Awaited(_number(9), "eth99"),), found.awaited)
                # The program is not declared now, so it stays.
                table, keys = _table([3, 8], plain=["lo", "lo"])
                there = {_number(3): lo + leads, _number(8): lo + none}
                _refer(bpf_map, table, keys, context, held, there, exclusive=True)
                table, keys = _table([3], ifindex=["lo"], program=[""])
                _refer(bpf_map, table, keys, context, held, {_number(3): lo + none}, exclusive=True)
                table, keys = _table([4], ifindex=["lo"], program=["xdp_cpumap"])
                _fails(
                    lambda bpf_map=bpf_map, table=table, keys=keys: _refer(bpf_map, table, keys, context, held, {}),
                    "xdp/devmap",
                )
            with made(map_type, 4, 4, 16) as bpf_map:
                table, keys = _table([5], plain=["lo"])
                _refer(bpf_map, table, keys, context, held, {_number(5): lo})

        with made("cpumap", 4, 8, 1) as bpf_map:
            leads = _number(programs["xdp_cpumap"].id)
            table, keys = _table([0], qsize=[128], program=["xdp_cpumap"])
            _refer(bpf_map, table, keys, context, held, {_number(0): _number(128) + leads})
            table, keys = _table([0], plain=[256])
            _refer(bpf_map, table, keys, context, held, {_number(0): _number(256) + leads})

        with made("prog_array", 4, 4, 8) as bpf_map:
            table, keys = _table([1, 4], plain=["xdp", "other"])
            _refer(
                bpf_map,
                table,
                keys,
                context,
                held,
                {_number(1): _number(programs["xdp"].id), _number(4): _number(other.id)},
            )
            table, keys = _table([1], plain=["other"])
            _refer(bpf_map, table, keys, context, held, {_number(1): _number(other.id)}, exclusive=True)

        for map_type in ("hash_of_maps", "array_of_maps"):
            with made(map_type, 4, 4, 8, inner_fd=inner["first"].fd) as bpf_map:
                table, keys = _table([0, 2], plain=["first", "second"])
                there = {_number(0): _number(inner["first"].id), _number(2): _number(inner["second"].id)}
                _refer(bpf_map, table, keys, context, held, there)
                table, keys = _table([2], plain=["first"])
                _refer(bpf_map, table, keys, context, held, {_number(2): _number(inner["first"].id)}, exclusive=True)
                absent = kernel_maps.encoded(bpf_map, Segment(1, _number(2), bytes(4), True, bytes(4)))
                difference = compare(bpf_map.fd, bpf_map.info, absent, wanted(state="absent"))
                ChangeEntries(WrittenMap("contents", bpf_map.fd, bpf_map.info), difference).do()
                require(dump(bpf_map) == {}, map_type)


def _filled() -> None:
    """A new map is filled with what was predicted before it was there."""
    for map_type in ("hash", "percpu_hash", "lpm_trie", "array", "percpu_array"):
        with made(map_type, 8 if map_type == "lpm_trie" else 4, 8, 8) as bpf_map:
            keys = [prefix(f"10.{at}.0.0/16") if map_type == "lpm_trie" else _number(at) for at in range(4)]
            asked = {key: (struct.pack("=Q", at) * (bpf_map.length // 8)) for at, key in enumerate(keys)}
            declared = kernel_maps.encoded(bpf_map, rows(asked))
            difference = compare_fresh(bpf_map.info, declared, wanted(existing="keep"))
            step = Fill(WrittenMap("contents", bpf_map.fd, bpf_map.info), difference)
            step.do()
            is_array = "array" in map_type
            zeros = {_number(at): bytes(bpf_map.length) for at in range(8)} if is_array else {}
            require(dump(bpf_map) == zeros | asked, map_type)
            require(difference.counts == (Counts(updated=3, unchanged=1) if is_array else Counts(added=4)), map_type)


def main() -> None:
    for flags in (0, kernel_maps.NO_PREALLOC):
        _full("hash", flags)
    for map_type in ("hash", "lpm_trie"):
        _filled_meanwhile(map_type)
        _churn(map_type)
    _appears_meanwhile()
    _appears_and_is_full()
    _counted_meanwhile()
    _host_bits()
    _few_in_a_large_trie()
    _replaced_in_a_trie()
    _deleted()
    _frozen()
    _beyond()
    _references()
    _filled()


if __name__ == "__main__":
    main()
