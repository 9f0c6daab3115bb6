# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import lexical, read_file
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import MISSING, table_of
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from hypothesis import given, settings
from hypothesis import strategies as st

_texts = st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs", "Zl", "Zp", "Cc"]), max_size=6)


def _read(directory: Path, name: str, text: str | bytes, **how: Any) -> lexical.Declared:
    path = directory / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file.read_file(str(path), **how)


def _same(declared: lexical.Declared, rows: list[tuple[Any, Any]], lines: list[int]) -> None:
    expected = table_of([(*row, line) for row, line in zip(rows, lines)], declared.places)
    assert declared == expected


def test_one_key_a_line(tmp_path: Path) -> None:
    text = "# blocked\n10.0.0.0/8\n\n  192.0.2.0/24\t# a lab\n2001:db8::/32#x\n\n10.1.1.1"
    rows = [(key, MISSING) for key in ("10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32", "10.1.1.1")]
    for form in (text, "\ufeff" + text, text.replace("\n", "\r\n"), text + "\n"):
        _same(_read(tmp_path, "blocked.txt", form), rows, [2, 4, 5, 7])
    assert _read(tmp_path, "empty", "").table.count == 0
    assert _read(tmp_path, "empty", "\ufeff").table.count == 0
    assert _read(tmp_path, "empty", "# nothing\n\n").table.count == 0


def test_csv(tmp_path: Path) -> None:
    text = (
        "# rates\n\nkey.address, key.port ,value.limits.rate,value.name\n"
        '192.0.2.1,80,100,web\n# more\n"192.0.2.2", 443 , ,"a ""b"", c"\n192.0.2.3,22,7,""\n192.0.2.4,23,," x "\n'
    )
    rows = [
        ({"address": "192.0.2.1", "port": "80"}, {"limits": {"rate": "100"}, "name": "web"}),
        ({"address": "192.0.2.2", "port": "443"}, {"name": 'a "b", c'}),
        ({"address": "192.0.2.3", "port": "22"}, {"limits": {"rate": "7"}, "name": ""}),
        ({"address": "192.0.2.4", "port": "23"}, {"name": " x "}),
    ]
    _same(_read(tmp_path, "a.csv", text), rows, [4, 6, 7, 8])
    _same(_read(tmp_path, "A.CSV", "value,key\r\n,7\r\n1,8\r\n"), [("7", MISSING), ("8", "1")], [2, 3])
    assert _read(tmp_path, "a.csv", "key,value\n").table.count == 0
    assert _read(tmp_path, "a.csv", "").table.count == 0


@settings(deadline=None)
@given(st.lists(st.tuples(_texts, _texts), unique_by=lambda row: row[0].strip(), max_size=8))
def test_csv_as_others_write_it(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerows([("key", "value"), *rows])
    found = _read(tmp_path_factory.mktemp("csv"), "a.csv", written.getvalue())
    _same(found, rows, [2 + number for number in range(len(rows))])


def test_json_lines(tmp_path: Path) -> None:
    entries = [
        {"key": "10.0.0.0/8", "value": {"rate": 5, "tags": [1, "x"]}},
        {"key": {"a": 1}},
        {"key": 2**64, "value": True},
    ]
    text = "# entries\n\n" + "\n".join(map(json.dumps, entries))
    rows = [(entry["key"], entry.get("value", MISSING)) for entry in entries]
    for name in ("a.jsonl", "a.NDJSON"):
        _same(_read(tmp_path, name, text), rows, [3, 4, 5])
    _same(_read(tmp_path, "a.txt", text, file_format="jsonl"), rows, [3, 4, 5])


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.txt", "1.1.1.1\n\n10.0.0.1/8\n", ", line 3: key: the prefix 10.0.0.1/8 has bits set beyond its first 8"),
        ("a.txt", "a\nb\n# a\na # again", ", line 4: key a is there twice, first in line 1."),
        ("a.txt", b"a\nb\0\n", ", line 2: there is a NUL character"),
        ("a.txt", "a\nü\n".encode("latin-1"), ", line 2: the byte 0xfc is not UTF-8"),
        ("a.txt", b"a\nb\xc3", ", line 2: the byte 0xc3 is not UTF-8"),
        ("a.txt", "a\n".encode("utf-16"), " is UTF-16. src is a text file in UTF-8"),
        ("a.txt", "a\n".encode("utf-16-le"), ", line 1: there is a NUL character"),
        ("a.csv", b"\x1f\x8b\x08rest", " is compressed by gzip"),
        ("a.csv", b"\x7fELF", " is an ELF object"),
        ("a.txt", "\n <!DOCTYPE html>\n", " is a web page"),
        ("a.json", "[]", "a.json: format cannot be told by the ending .json. Set format to csv, jsonl or lines"),
        ("a.csv", "10.0.0.0/8\n", ", line 1: '10.0.0.0/8' is not a column. The first line names the columns"),
        ("a.csv", "key,\n", ", line 1: '' is not a column"),
        ("a.csv", "key.,value\n", ", line 1: 'key.' is not a column"),
        ("a.csv", "key,value,value\n", ", line 1: the column value is there twice"),
        ("a.csv", "key,value.a,value\n", ", line 1: the column value is there beside value.a"),
        ("a.csv", "value\n1\n", ", line 1: no column is called key or key.FIELD"),
        ("a.csv", "key" + ",value" * 5000, ", line 1: there are more than 4096 columns"),
        ("a.csv", "key,value\n1,2\n1,2,3\n", ", line 3: 3 cells do not fit 2 columns"),
        ("a.csv", "key,value\n1,2\n3\n", ", line 3: 1 cells do not fit 2 columns"),
        ("a.csv", "key,value\n1,2\n,3\n", ", line 3: there is no key"),
        ("a.csv", 'key,value\n1,"2\n', ", line 2: the quotes of cell 2 are wrong"),
        ("a.csv", 'key,value\n1,"2" x\n', ", line 2: the quotes of cell 2 are wrong"),
        ("a.csv", 'key,value\n1"2",3\n', ", line 2: the quotes of cell 1 are wrong"),
        ("a.jsonl", '{"key": 1}\n{"key": 1', ", line 2: it is not JSON: Expecting"),
        ("a.jsonl", "[1]", ', line 1: it is not an object like {"key"'),
        ("a.jsonl", '{"key": 1, "rate": 2}', ", line 1: unknown: rate. An entry has key and value"),
        ("a.jsonl", '{"value": 1}', ", line 1: there is no key"),
        ("a.jsonl", '{"key": 1, "key": 2}', ", line 1: it is not JSON: a name is there twice in one object"),
        ("a.jsonl", '{"key": NaN}', ", line 1: it is not JSON: NaN is not a number of JSON"),
        ("a.jsonl", '{"key": 1e999}', ", line 1: key: inf is not a number that a map can have"),
        ("a.jsonl", '{"key": %s}' % ("9" * 900_000), ", line 1: it is not JSON: a number has more than 100 digits"),
        ("a.jsonl", '{"key": %s}' % ("[" * 400_000), ", line 1: it is nested too deep"),
        ("a.jsonl", '{"key": ' + "[" * 40 + "]" * 40 + "}", ", line 1: key: it is nested more than 32 deep"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, data: str | bytes, text: str) -> None:
    with pytest.raises(XdpError) as error:
        _read(tmp_path, name, data, named=f"/srv/{name}")
    assert f"/srv/{name}" in str(error.value)
    assert text in str(error.value)
    assert str(error.value).endswith(". Nothing was changed")
    assert len(str(error.value)) < 500


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ""):
        with pytest.raises(XdpError, match="is not a file"):
            read_file.read_file(str(tmp_path / name))
    with pytest.raises(XdpError, match=r"^src: .*gone cannot be read: No such file or directory. Nothing was changed$"):
        read_file.read_file(str(tmp_path / "gone"))


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_line_of_100_mb_takes_no_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(b"# x\n")
        for _each in range(4):
            file.write(b"x" * (1 << 20))
        file.truncate(100 << 20)  # the rest is a hole
    tracemalloc.start()
    with pytest.raises(XdpError, match=", line 2: it has more than 1024 KiB"):
        read_file.read_file(str(path))
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def test_lines_that_say_nothing_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        for _each in range(8):
            file.write(b"# a\n\n" * 20_000)
    tracemalloc.start()
    assert read_file.read_file(str(path)).table.count == 0
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()


def test_more_rows_than_a_table_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "MOST_ROWS", 1000)
    monkeypatch.setattr(read_file, "_BLOCK", 2000)
    for name, text in (("a.txt", "%d\n"), ("a.jsonl", '{"key": %d}\n')):
        with pytest.raises(XdpError, match="there are more than 1,000 entries"):
            _read(tmp_path, name, "".join(text % number for number in range(40_000)))


def test_blocks_end_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"ä{number}", MISSING) for number in range(50)]
    text = "\n".join(key for key, _value in rows)
    for size in (3, 4, 5, 7, 64):
        monkeypatch.setattr(read_file, "_BLOCK", size)
        _same(_read(tmp_path, "a.txt", "\ufeff" + text), rows, list(range(1, 51)))


def test_a_file_and_its_places() -> None:
    assert Places("/srv/a.csv").of(3) == "/srv/a.csv, line 3"
    assert (Places().of(3), Places().brief(3)) == ("entries[3]", "entries[3]")
