# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept as kept_files
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import kept_path
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec, ProgramSpec

OBJECT = ObjectSpec((ProgramSpec("drop", b"\x95" + bytes(7), (), "GPL"),), ())
#: What the versions before the one with a first line of its own wrote for EDGE.
FORMAT_1 = (
    '{"attach":"link","format":"ebpf.xdp saved set 1","interfaces":["eth0","eth1"],"mode":"auto","name":"edge",'
    '"object":{"btf":"","byte_order":"little","digest":"1b2e6ffdbd8075a3ce3f2ac1245c438ef98f9b39827fe27227373ff0bf1424f8",'
    '"format":"ebpf.xdp object 1","left_out":[],"maps":[],"programs":[{"flags":0,"func_info":"",'
    '"instructions":"lQAAAAAAAAA=","license":"GPL","line_info":"","name":"drop","references":[]}],"source":"",'
    '"variables":[]},"pin_root":"/sys/fs/bpf/ansible","program":"drop"}\n'
)
EDGE = SavedSet("edge", "/sys/fs/bpf/ansible", OBJECT, "drop", ("eth0", "eth1"), "auto", "link")
BLOCKED = KeptContents("blocked", "b" * 64, 100_000, exclusive=True, key_type="ipv4", default_value={"packets": 0})
PORTS = KeptContents("ports", "a" * 64, 2, existing="keep", value_type=[{"name": "a"}], interfaces=("eth2", "eth3"))
WITH_CONTENTS = EDGE._replace(contents=(BLOCKED, PORTS))


def keep(directory: Path, kept: SavedSet, text: str | None = None, mode: int = 0o600) -> None:
    file = Path(kept_path(str(directory), kept.name))
    file.write_text(saved.to_text(kept) if text is None else text, encoding="utf-8")
    file.chmod(mode)


@pytest.mark.parametrize(
    "kept", [EDGE, EDGE._replace(interfaces=None, program=None), EDGE._replace(interfaces=()), WITH_CONTENTS]
)
def test_comes_back_equal(tmp_path: Path, kept: SavedSet) -> None:
    keep(tmp_path, kept)
    assert saved.read(str(tmp_path), "edge") == kept


def test_names_are_those_of_whole_files(tmp_path: Path) -> None:
    keep(tmp_path, EDGE)
    keep(tmp_path, EDGE._replace(name="a"))
    (tmp_path / ".ebpf-xdp-abc").touch()
    (tmp_path / ".hidden.json").touch()
    (tmp_path / "interfaces").mkdir()
    assert kept_files.names(str(tmp_path)) == ["a", "edge"]


def test_a_directory_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert kept_files.names(str(tmp_path / "nowhere")) == []


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    keep(tmp_path, EDGE, mode=mode)
    with pytest.raises(XdpError, match="not a file that only its owner, root, can write"):
        saved.read(str(tmp_path), "edge")


@pytest.mark.parametrize("name", ["../edge", "a/b", "", "a.b"])
def test_no_name_leads_out_of_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(XdpError):
        saved.read(str(tmp_path), name)


def test_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(XdpError, match=r"edge\.json cannot be read"):
        saved.read(str(tmp_path), "edge")


def test_cut_off_anywhere_it_is_damaged(tmp_path: Path) -> None:
    text = saved.to_text(EDGE)
    for length in range(len(text) - 1):  # without its last line end it is whole
        keep(tmp_path, EDGE, text[:length])
        with pytest.raises(XdpError, match=r"edge\.json"):
            saved.read(str(tmp_path), "edge")


# pin_root and program are any text here; those who use them look at what it says.
@pytest.mark.parametrize(
    ("key", "value"),
    [
        (key, value)
        for key in ("format", "name", "pin_root", "program", "interfaces", "mode", "attach", "source", "object")
        for value in (1, [1], {}, "wrong", "../x", True)
        if key not in ("pin_root", "program") or not isinstance(value, str)
    ],
)
def test_each_field_is_checked(tmp_path: Path, key: str, value: object) -> None:
    header, rest = saved.to_text(EDGE).splitlines()
    keep(tmp_path, EDGE, f"{json.dumps({**json.loads(header), key: value})}\n{rest}\n")
    with pytest.raises(XdpError, match=r"edge\.json"):
        saved.read(str(tmp_path), "edge")


@pytest.mark.parametrize("value", [None, 1, [1], {}, "wrong", True])
def test_what_follows_the_first_line_is_checked(tmp_path: Path, value: object) -> None:
    header, _rest = saved.to_text(EDGE).splitlines()
    for rest in ({"object": value}, value):
        keep(tmp_path, EDGE, f"{header}\n{json.dumps(rest)}\n")
        with pytest.raises(XdpError, match=r"edge\.json"):
            saved.read(str(tmp_path), "edge")


def test_a_first_line_of_another_object_is_damage(tmp_path: Path) -> None:
    other = EDGE._replace(object=ObjectSpec((ProgramSpec("drop", b"\x95" + bytes(7), (), "BSD"),), ()))
    keep(tmp_path, EDGE, saved.header(other).to_line() + saved.to_text(EDGE).splitlines()[1])
    with pytest.raises(XdpError, match=r"edge\.json is damaged: its first line is not of the object that follows"):
        saved.read(str(tmp_path), "edge")


def test_a_file_of_the_first_format_is_read(tmp_path: Path) -> None:
    keep(tmp_path, EDGE, FORMAT_1)
    assert saved.read(str(tmp_path), "edge") == EDGE


def test_a_file_of_a_later_version_is_refused_and_not_called_damaged(tmp_path: Path) -> None:
    keep(tmp_path, EDGE, saved.to_text(EDGE).replace("saved set 2", "saved set 6"))
    with pytest.raises(XdpError) as caught:
        saved.read(str(tmp_path), "edge")
    assert str(caught.value).startswith(f"{tmp_path}/edge.json: a later version of the collection wrote it: ")
    assert "its format is 6, and this version reads 1 to 5" in str(caught.value)


def test_a_changed_object_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, EDGE, saved.to_text(EDGE).replace('"license":"GPL"', '"license":"BSD"'))
    with pytest.raises(XdpError, match="was changed after it was made"):
        saved.read(str(tmp_path), "edge")


def test_files_with_other_names_are_no_sets(tmp_path: Path) -> None:
    for name in ("a b.json", "a.b.json", ".json", "\x1b[2J.json", "x" * 65 + ".json", "edge.json~", "a\n.json"):
        (tmp_path / name).touch()
    assert kept_files.names(str(tmp_path)) == []


def test_a_directory_that_others_can_write_to_has_nothing_to_load(tmp_path: Path) -> None:
    keep(tmp_path, EDGE)
    tmp_path.chmod(0o1777)
    with pytest.raises(XdpError, match=r"edge\.json: .* is not safe: .* can be written to by others \(mode 1777\)"):
        saved.read(str(tmp_path), "edge")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "edge.json", 0o600)
    with pytest.raises(XdpError, match="not a file that only its owner, root, can write"):
        saved.read(str(tmp_path), "edge")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    keep(tmp_path, EDGE)
    (tmp_path / "edge.json").rename(tmp_path / "elsewhere")
    (tmp_path / "edge.json").symlink_to("elsewhere")
    with pytest.raises(XdpError, match=r"edge\.json cannot be read"):
        saved.read(str(tmp_path), "edge")


def test_a_directory_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "edge.json").mkdir()
    with pytest.raises(XdpError, match=r"edge\.json"):
        saved.read(str(tmp_path), "edge")


def test_what_would_take_all_memory_is_damaged(tmp_path: Path) -> None:
    keep(tmp_path, EDGE)
    os.truncate(tmp_path / "edge.json", 1 << 40)
    with pytest.raises(XdpError, match="has more than 256 MiB, so it is damaged"):
        saved.read(str(tmp_path), "edge")


def test_deeper_than_python_reads_it_is_damaged(tmp_path: Path) -> None:
    keep(tmp_path, EDGE, "[" * 1_000_000)
    with pytest.raises(XdpError, match=r"edge\.json is damaged"):
        saved.read(str(tmp_path), "edge")


@pytest.mark.parametrize(
    ("kept", "number"), [(EDGE, 2), (EDGE._replace(helpers=("pass",)), 3), (WITH_CONTENTS, 4)], ids=["", "3", "4"]
)
def test_an_older_version_refuses_only_what_it_would_lose(kept: SavedSet, number: int) -> None:
    assert saved.header(kept).format == number
    assert ('"contents"' in saved.to_text(kept)) == (number == 4)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("map", [None, 1, []]),
        ("digest", [None, 1, "", "../../etc/passwd", "B" * 64, "b" * 63, "b" * 65, "b" * 64 + "\n"]),
        ("entries", [None, "1", -1, True, 1.5, []]),
        ("exclusive", [None, 1, "true"]),
        ("existing", [None, 1, "overwrite", []]),
        ("interfaces", [None, "eth0", [1], {}]),
        ("unknown", [1]),
    ],
)
def test_each_field_of_contents_is_checked(tmp_path: Path, field: str, values: list[object]) -> None:
    header, rest = saved.to_text(WITH_CONTENTS).splitlines()
    for value in values:
        data = json.loads(header)
        data["contents"][1][field] = value
        keep(tmp_path, EDGE, f"{json.dumps(data)}\n{rest}\n")
        with pytest.raises(XdpError, match=r"edge\.json is damaged: .*contents"):
            saved.read(str(tmp_path), "edge")


@pytest.mark.parametrize("value", [None, 1, {}, "ports", [1], [None], [{}], [BLOCKED.to_data()] * 2])
def test_contents_are_a_list_with_each_map_once(tmp_path: Path, value: object) -> None:
    header, rest = saved.to_text(WITH_CONTENTS).splitlines()
    keep(tmp_path, EDGE, f"{json.dumps({**json.loads(header), 'contents': value})}\n{rest}\n")
    with pytest.raises(XdpError, match=r"edge\.json is damaged: .*contents"):
        saved.read(str(tmp_path), "edge")
