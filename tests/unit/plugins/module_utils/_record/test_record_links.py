# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a record in symbolic links, of which each holds one page."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record, record_links, record_write
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record, RecordedMaps, RecordedProgram

SHORT = "x" * 4095
LONG = "".join(f"{number:05d}" for number in range(2000))  # 10,000 bytes: three links


def links(directory: Path) -> dict[str, str]:
    return {name: os.readlink(directory / name) for name in sorted(os.listdir(directory))}


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> str:
    return str(tmp_path / "record")


@pytest.mark.parametrize("length", [1, 4094, 4095])
def test_what_fits_into_one_link_stands_in_it(tmp_path: Path, path: str, length: int) -> None:
    record_write.write(path, "x" * length)
    assert links(tmp_path) == {"record": "x" * length}
    assert record_links.read(path) == "x" * length


@pytest.mark.parametrize(("length", "parts"), [(4096, 2), (8190, 2), (8191, 3), (4095 * 256, 256)])
def test_what_is_longer_stands_in_several(tmp_path: Path, path: str, length: int, parts: int) -> None:
    text = "".join(random.Random(length).choices("abc", k=length))
    record_write.write(path, text)
    there = links(tmp_path)
    assert len(there) == 1 + parts
    assert sorted(record_links.names(text)) == list(there)
    assert max(map(len, there.values())) <= 4095
    assert not any("." in name for name in there)  # bpffs has no such names
    assert record_links.read(path) == text


def test_more_than_the_parts_hold_is_refused_before_anything_is_written(tmp_path: Path, path: str) -> None:
    with pytest.raises(
        XdpError, match=r"^The record of this pin set would take 1048321 bytes, and 1048320 are possible"
    ):
        record_write.write(path, "x" * 1048321)
    assert links(tmp_path) == {}


@pytest.mark.parametrize("old", ["old", SHORT, LONG], ids=len)
@pytest.mark.parametrize("new", ["new", SHORT + "y", LONG[::-1], LONG], ids=len)
def test_writing_replaces_what_was_there_with_all_its_parts(tmp_path: Path, path: str, old: str, new: str) -> None:
    record_write.write(path, old)
    record_write.write(path, new)
    assert record_links.read(path) == new
    assert list(links(tmp_path)) == sorted(record_links.names(new))


@pytest.mark.parametrize("text", ["new", LONG], ids=len)
def test_writing_takes_away_what_killed_runs_left(tmp_path: Path, path: str, text: str) -> None:
    record_write.write(path, LONG[::-1])
    os.unlink(path)
    os.symlink("half done", path + "~")
    first = record_links.names(LONG)[1]
    os.symlink("not whole", tmp_path / first)
    record_write.write(path, text)
    assert record_links.read(path) == text
    assert list(links(tmp_path)) == sorted(record_links.names(text))


@pytest.mark.parametrize("text", ["text", LONG], ids=len)
def test_removing_removes_all_of_it_and_nothing_else(tmp_path: Path, path: str, text: str) -> None:
    os.symlink("foreign", tmp_path / "record-of-somebody")
    (tmp_path / f"record-{'0' * 32}-0").touch()  # no link
    record_write.write(path, text)
    record_write.remove(path)
    assert sorted(os.listdir(tmp_path)) == [f"record-{'0' * 32}-0", "record-of-somebody"]
    record_write.remove(path)


def test_each_part_that_is_missing_or_spoilt_spoils_the_record(tmp_path: Path, path: str) -> None:
    text = Record(RecordedMaps("5e1f", "0b1e", {f"map_{number:04d}": number for number in range(1000)})).to_text()
    record_write.write(path, text)
    for name in record_links.names(text):
        good = os.readlink(tmp_path / name)
        for bad in (None, "", good[:-1], good[1:], good[:-1] + "~", good.replace("1", "2"), "/etc/passwd", "\udcff"):
            if bad == good:
                continue
            os.unlink(tmp_path / name)
            if bad:
                os.symlink(bad, tmp_path / name)
            found = record_links.read(path)
            assert found is None if name == "record" and not bad else record.parse(found or "") is None, (name, bad)
            if bad:
                os.unlink(tmp_path / name)
            os.symlink(good, tmp_path / name)
    assert record_links.read(path) == text


@pytest.mark.parametrize("parts", [0, 1, 256, 257, 999])
def test_a_header_that_promises_what_is_not_there_is_read_as_it_is(path: str, parts: int) -> None:
    header = f'{{"digest":"{"0" * 32}","parts":{parts},"version":2}}'
    os.symlink(header, path)
    assert record_links.read(path) == header
    assert record.parse(header) is None


def test_without_a_link_there_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_text("text")
    for name in ("missing", "directory", "file", "missing/record", "file/record"):
        assert record_links.read(str(tmp_path / name)) is None


@pytest.mark.parametrize("old", ["old", LONG], ids=len)
@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_a_write_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, path: str, old: str, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_write.write(path, old)
    before = links(tmp_path)
    symlink, made = os.symlink, []

    def full(target: str, name: str) -> None:
        made.append(name)
        if len(made) == failing:
            raise OSError(28, "No space left on device")
        symlink(target, name)

    monkeypatch.setattr(os, "symlink", full)
    with pytest.raises(XdpError) as caught:
        record_write.write(path, LONG[::-1])
    assert str(caught.value).startswith(f"Cannot write the record {path}: No space left on device (ENOSPC)")
    assert len(made) == failing
    assert links(tmp_path) == before


def test_killed_anywhere_there_is_the_old_text_or_the_new_one(tmp_path: Path) -> None:
    """After each change of names that a write makes, and each is a system call."""
    new = LONG[::-1]
    step = 0
    while True:
        step += 1
        directory = tmp_path / str(step)
        directory.mkdir()
        path = str(directory / "record")
        record_write.write(path, LONG)
        child = os.fork()
        if child == 0:
            _die_at(step)
            record_write.write(path, new)
            os._exit(1)
        done = os.waitpid(child, 0)[1] != 0
        assert record_links.read(path) in (LONG, new)
        left = record_links.left_over(
            str(directory), os.listdir(directory), record_links.names(record_links.read(path))
        )
        record_write.write(path, new)
        assert list(links(directory)) == sorted(record_links.names(new))
        if done:
            assert left == []
            break
    assert step > 7  # three parts, the header twice, three old parts


def _die_at(number: int) -> None:
    """End this process in place of the change of names with this number."""
    calls = 0

    def counted(call: object) -> object:
        def instead(*arguments: object) -> object:
            nonlocal calls
            calls += 1
            if calls == number:
                os._exit(0)
            return call(*arguments)  # type: ignore[operator]

        return instead

    for name in ("symlink", "unlink", "rename"):
        setattr(os, name, counted(getattr(os, name)))


def test_a_reader_without_the_lock_sees_one_text_or_another(path: str) -> None:
    texts = [LONG, LONG[::-1], "short", LONG[1:]]
    record_write.write(path, texts[0])
    stop = threading.Event()
    seen: set[str | None] = set()

    def reading() -> None:
        while not stop.is_set():
            seen.add(record_links.read(path))

    reader = threading.Thread(target=reading)
    reader.start()
    for number in range(300):
        record_write.write(path, texts[number % 4])
    stop.set()
    reader.join()
    assert seen <= set(texts)


def test_sixty_maps_that_give_way_to_sixty_others_fit(path: str) -> None:
    """With names as long as the kernel keeps them; one link has room for a part of it."""
    old = {f"counters_of_{number:03d}": 100_000 + number for number in range(60)}
    new = {f"verdicts_of_{number:03d}": 200_000 + number for number in range(60)}
    digest = "0" * 64
    program = RecordedProgram(digest, digest, "filter", 99_999, "7524a119f44a4890", ("filter",), old)
    pending = (*(f"maps/{name}" for name in new), "programs/filter", "links/eth0", "links/eth1")
    during = Record(RecordedMaps(digest, digest, old), program, pending, {"eth0": 7}, ("eth0", "eth1"))
    after = during._replace(maps=RecordedMaps(digest, digest, new), program=program._replace(maps=new), pending=())
    for each in (during, after):
        record_write.write(path, each.to_text())
        assert record.parse(record_links.read(path) or "") == each


@pytest.mark.parametrize("text", [SHORT, LONG])
def test_a_rename_that_was_done_and_then_interrupted_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = str(tmp_path / "record")
    rename = os.rename

    def interrupted(old: str, new: str) -> None:
        rename(old, new)
        raise InterruptedError(4, "Interrupted system call")

    monkeypatch.setattr(os, "rename", interrupted)
    record_write.write(path, text)
    assert record_links.read(path) == text
    assert {each.name for each in tmp_path.iterdir()} == set(record_links.names(text))
