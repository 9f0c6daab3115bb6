# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept of maps after tasks that declare their contents."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import contents, installed, restore, saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files, Outdated
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack, stored
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import MISSING, table_of
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.rows import items
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._network.netlink import Interface
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ObjectSpec, ProgramSpec

BLOCKED = MapSpec("blocked", "lpm_trie", 8, 4, 5, 1)
LIMITS = MapSpec("limits", "hash", 4, 4, 5, 0)
PORTS = MapSpec("ports", "devmap", 4, 8, 8, 0)
DROP = ProgramSpec("drop", b"\x95" + bytes(7), (), "GPL")
OBJECT = ObjectSpec((DROP,), (BLOCKED, LIMITS, PORTS))
EDGE = SavedSet("edge", "/sys/fs/bpf/ansible", OBJECT, "drop", ("eth0",), "auto", "auto")
PROGRAM = installed.BEGINNING + b"the program"


def table(entries: Any) -> Table:
    rows = entries.items() if isinstance(entries, dict) else [(each, MISSING) for each in entries]
    return table_of(((key, value, number) for number, (key, value) in enumerate(rows)), Places()).table


def declared(map_name: str, entries: Any, **options: Any) -> Wanted:
    made = table(entries)
    packed = pack.pack(made)
    return Wanted(map_name, made, digest=pack.digest(packed), packed=packed, **options)


class Host:
    def __init__(self, root: Path) -> None:
        self.directory = str(root / "sets")
        self.executable = str(root / "ebpf-xdp")
        self.warnings: list[str] = []
        self.changed = False

    def boot(
        self, *wanted: Wanted, spec: ObjectSpec = OBJECT, check_mode: bool = False, reuse_maps: tuple[Any, ...] = ()
    ) -> None:
        """Run xdp_boot."""

        def files() -> Files:
            return Files(self.directory, self.executable, check_mode, lambda: PROGRAM)

        deployed = EDGE._replace(object=spec, reuse_maps=reuse_maps)
        done = contents.keep_set(files, self.directory, deployed, wanted)
        self.changed, self.warnings = done[1].changed, done[2]

    def task(self, wanted: Wanted, pin_root: str = EDGE.pin_root, check_mode: bool = False) -> None:
        """Run xdp_map with ``permanent: true``."""
        done = contents.keep(self.directory, self.executable, "edge", pin_root, wanted, check_mode)
        self.changed, self.warnings = done[0], done[3]

    def facts(self) -> dict[str, KeptContents]:
        header = kept.header(self.directory, "edge")
        return {each.map: each for each in header.contents} if header else {}

    def entries(self, map_name: str) -> dict[Any, Any]:
        """What a boot fills the map with; values ``None`` where none is declared."""
        found = {}
        for block in contents.read(self.directory, self.facts()[map_name]).blocks:
            columns = items(block)
            values = columns.get(("value",), [None] * block.count)
            found.update(zip(columns["key",], values))
        return found

    def file(self, map_name: str) -> Path:
        return Path(stored.path(self.directory, self.facts()[map_name].digest))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    found = Host(tmp_path)
    yield found
    # Whatever was done, no table is left that the set does not name.
    if os.path.isdir(found.directory) and kept.names(found.directory):
        there = os.path.join(found.directory, stored.DIRECTORY)
        named = {f"{each.digest}.packed" for each in found.facts().values()}
        assert set(os.listdir(there) if os.path.isdir(there) else []) <= named


def test_entries_are_added_removed_and_replaced(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]))
    host.boot(declared("blocked", ["192.0.2.0/24"]))
    assert host.entries("blocked") == {"10.0.0.0/8": None, "192.0.2.0/24": None}
    host.boot(declared("blocked", ["10.0.0.0/8", "203.0.113.0/24"], state="absent"))
    assert host.entries("blocked") == {"192.0.2.0/24": None}
    host.boot(declared("blocked", ["198.51.100.0/24"], exclusive=True))
    assert host.entries("blocked") == {"198.51.100.0/24": None} and host.facts()["blocked"].exclusive


def test_a_second_time_there_is_nothing_to_do(host: Host) -> None:
    every = (
        declared("blocked", {"10.0.0.0/8": 1}),
        declared("limits", {1: 2, "0x2": "3"}, existing="keep", key_type="u32", value_type="u32"),
    )
    for wanted in every:
        host.boot(wanted)
        assert host.changed
        host.boot(wanted)
        assert not host.changed
    host.boot(*every)
    assert not host.changed and set(host.facts()) == {"blocked", "limits"}
    more = declared("limits", {"0x3": 1, 2: 9}, key_type="u32")
    host.boot(more)
    host.boot(more)
    assert not host.changed and host.entries("limits") == {1: 2, "0x2": 9, "0x3": 1}


def test_contents_that_a_task_does_not_name_stay(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]), declared("limits", {1: 2}))
    host.boot()
    assert not host.changed
    host.boot(declared("limits", {3: 4}))
    assert host.entries("blocked") == {"10.0.0.0/8": None} and host.entries("limits") == {1: 2, 3: 4}


def test_what_is_not_permanent_is_not_kept_and_it_is_said(host: Host) -> None:
    host.boot(declared("limits", {1: 2}))
    host.boot(declared("limits", {3: 4}, permanent=False))
    assert not host.changed and host.warnings == [
        "The contents of the map limits are not kept, because of permanent: false. The next boot brings what was kept before"
    ]


def test_a_table_is_kept_as_it_came_although_this_zlib_packs_it_otherwise(host: Host) -> None:
    wanted = declared("limits", {1: 2})
    end = wanted.packed.index(b"\n", len(pack.MAGIC)) + 1
    other = wanted.packed[:end] + zlib.compress(zlib.decompress(wanted.packed[end:]), 0)
    host.boot(wanted._replace(packed=other, digest=pack.digest(other)))
    assert stored.find(host.directory, pack.digest(other)) == other != wanted.packed
    host.boot(wanted._replace(packed=other, digest=pack.digest(other)))
    assert not host.changed


def test_an_entry_of_this_task_is_named_by_its_place(host: Host) -> None:
    with pytest.raises(XdpError) as caught:
        host.boot(declared("limits", {1: 2, 3: 1 << 40}))
    assert caught.value.answer == {"_entry": {"map": "limits", "block": 0, "row": 1}}
    host.boot(declared("limits", {1: 2}))
    with pytest.raises(XdpError) as caught:
        host.boot(declared("limits", {3: 1 << 40}))
    assert caught.value.answer == {"_entry": {"map": "limits", "block": 0, "row": 0}}


def test_contents_of_a_map_that_the_object_has_no_more_go_with_a_warning(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]), declared("limits", {1: 2}))
    host.boot(spec=OBJECT._replace(maps=(BLOCKED,)))
    assert set(host.facts()) == {"blocked"}
    assert host.warnings == [
        "The object of the pin set edge has no map limits any more, so its 1 kept entries are dropped"
    ]


def test_options_that_matter_at_a_boot_are_kept(host: Host) -> None:
    host.boot(declared("limits", ["10.0.0.1"], key_type="ipv4", value_type="u32", default_value=7, existing="keep"))
    facts = host.facts()["limits"]
    assert facts[3:8] == (False, "keep", "ipv4", "u32", 7)
    host.boot(declared("limits", ["10.0.0.2"]))
    assert host.facts()["limits"][3:8] == (False, "update", "ipv4", "u32", 7)
    host.boot(declared("limits", ["10.0.0.2"], state="absent"))
    assert host.facts()["limits"]._replace(digest="") == facts._replace(existing="update", digest="")
    (found,) = contents.wanted(host.directory, list(host.facts().values()))
    assert found == Wanted(
        "limits",
        table(["10.0.0.1"]),
        allow_empty=True,
        key_type="ipv4",
        value_type="u32",
        default_value=7,
        digest=host.facts()["limits"].digest,
    )


def test_entries_of_other_types_are_the_bytes_that_they_were_declared_as(host: Host) -> None:
    every = declared("limits", {1: 2}), declared("limits", {7: 6}, key_type="be32")
    for one, other in (every, every[::-1]):
        host.boot(one._replace(exclusive=True))
        before = host.facts()
        with pytest.raises(XdpError, match="by which they are other bytes"):
            host.boot(other)
        assert host.facts() == before
        # What is not there by its own type is not what another type means.
        host.boot(declared("limits", list(host.entries("limits")), state="absent", key_type=other.key_type))
        assert host.facts() == before
    # The same bytes by both.
    host.boot(declared("limits", {1: 2}, exclusive=True))
    host.boot(declared("limits", {3: 4}, key_type="u32"))
    host.boot(declared("limits", {5: 6}))
    assert host.entries("limits") == {1: 2, 3: 4, 5: 6} and host.facts()["limits"].key_type == "u32"
    # The same text, and not the same entry.
    with pytest.raises(XdpError, match="by which they are other bytes"):
        host.boot(declared("limits", {1: 2, 3: 4, 5: 6}, key_type="be32"))


def test_it_is_said_that_entries_come_back_with_another_default(host: Host) -> None:
    host.boot(declared("limits", [1], default_value=3))
    for wanted, default in ((declared("limits", [2], default_value=5), 5), (declared("limits", [4]), 5)):
        host.boot(wanted)
        assert f"with the default_value {default}, also those for which it was another one" in host.warnings[0]
    host.boot(declared("limits", {6: 7}))
    assert not host.warnings
    host.boot(declared("limits", [8], default_value=5))
    assert not host.warnings


def test_no_entries_are_kept_only_where_none_are_wanted(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]))
    host.boot(declared("blocked", ["10.0.0.0/8"], state="absent"))
    assert host.facts() == {} and kept.header(host.directory, "edge").format == 2  # type: ignore[union-attr]
    host.boot(declared("blocked", [], exclusive=True, allow_empty=True))
    assert host.entries("blocked") == {}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (declared("blokked", ["10.0.0.0/8"]), "contents: the object has no map blokked. Did you mean blocked?"),
        (
            declared("blocked", ["10.0.0.0/8", "2001:db8::/32"]),
            "The entry 2001:db8::/32 of the map blocked: ",
        ),
        (declared("limits", {1: 1 << 32}), "The entry 1 of the map limits: "),
        (declared("limits", range(6)), "contents: 6 entries would be kept of the map limits, which has room for 5"),
    ],
)
def test_what_the_map_could_not_hold_is_refused_and_nothing_is_kept(host: Host, wanted: Wanted, said: str) -> None:
    with pytest.raises(XdpError) as caught:
        host.boot(wanted)
    assert str(caught.value).startswith(said)
    assert not os.path.exists(host.directory)


def test_contents_of_a_borrowed_map_are_not_kept(host: Host) -> None:
    borrowed = (("blocked", "/sys/fs/bpf/ansible/core/maps/blocked"),)
    with pytest.raises(XdpError, match="blocked is borrowed from /sys/fs/bpf/ansible/core/maps/blocked"):
        host.boot(declared("blocked", ["10.0.0.0/8"]), reuse_maps=borrowed)
    host.boot(declared("blocked", ["10.0.0.0/8"]), declared("limits", {1: 2}))
    host.boot(reuse_maps=borrowed)
    assert [*host.facts()] == ["limits"] and "borrows the map blocked now, so its 1 kept" in host.warnings[0]


def test_what_a_map_cannot_have_at_all_is_refused(host: Host) -> None:
    def spec(map_type: str, **others: Any) -> ObjectSpec:
        return ObjectSpec((DROP,), (BLOCKED._replace(type=map_type, key_size=4, max_entries=8, **others),))

    for object_spec, wanted, said in (
        (spec("xskmap"), declared("blocked", {1: 2}), "A map of type xskmap cannot have declared contents"),
        (spec("array", variables=b""), declared("blocked", {0: 2}), "option constants of xdp_pin"),
        (spec("lru_hash"), declared("blocked", {0: 2}, exclusive=True), "exclusive: true is not possible"),
        (spec("array"), declared("blocked", {8: 2}), "the last index is 7"),
        (spec("devmap"), declared("blocked", {8: "eth0"}), "the last index is 7"),
        (spec("prog_array", value_size=4), declared("blocked", {1: "nobody"}), "there is no program nobody"),
        (spec("prog_array", value_size=4), declared("blocked", [1]), "there is no value, and no default_value"),
        (spec("array_of_maps", value_size=4), declared("blocked", {1: "other"}), "there is no map other"),
        (spec("cpumap", value_size=4), declared("blocked", {1: 0}), "the size of a queue is 1 to"),
    ):
        with pytest.raises(XdpError, match=said):
            host.boot(wanted, spec=object_spec)
        assert not host.facts()


def test_what_values_name_may_come_later_or_from_elsewhere(host: Host) -> None:
    slots = BLOCKED._replace(type="prog_array", key_size=4, value_size=4, max_entries=8)
    host.boot(
        declared("blocked", {1: "drop", 2: "/sys/fs/bpf/ansible/core/programs/pass"}),
        declared("ports", {1: "eth9"}),
        spec=ObjectSpec((DROP,), (slots, PORTS)),
    )
    assert {*host.facts()} == {"blocked", "ports"}
    # A slot is cleared whatever was in it.
    host.boot(declared("blocked", {1: "gone"}, state="absent"), spec=ObjectSpec((DROP,), (slots, PORTS)))
    assert [*host.entries("blocked")] == [2]


def test_kept_entries_that_a_new_object_cannot_hold_are_refused_before_the_boot_finds_out(host: Host) -> None:
    host.boot(declared("limits", {70_000: 1}))
    smaller = OBJECT._replace(maps=(BLOCKED, LIMITS._replace(key_size=2)))
    with pytest.raises(XdpError, match="What is kept of the map limits does not fit this object: the entry 70000: "):
        host.boot(spec=smaller)
    host.boot(declared("limits", {7: 1}, exclusive=True), spec=smaller)
    assert host.entries("limits") == {7: 1}


def test_what_is_kept_twice_over_adds_up_and_is_refused_when_there_is_no_room(host: Host) -> None:
    host.boot(declared("limits", range(4)))
    with pytest.raises(XdpError, match="contents: 6 entries would be kept of the map limits, which has room for 5"):
        host.boot(declared("limits", [4, 5]))
    assert len(host.entries("limits")) == 4


def test_a_lost_table_is_neither_taken_for_an_empty_one_nor_in_the_way_of_a_whole_one(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]), declared("limits", {1: 2}))
    file = host.file("blocked")
    file.write_bytes(b"damaged")
    with pytest.raises(XdpError, match=f"{file} is damaged: .* these entries alone would come back at boot"):
        host.boot(declared("blocked", ["192.0.2.0/24"]))
    host.boot()
    assert not host.changed and [each for each in host.warnings if each.startswith(f"{file} is damaged")]
    host.boot(declared("blocked", ["10.0.0.0/8"], exclusive=True))
    assert host.warnings == [] and host.entries("blocked") == {"10.0.0.0/8": None}


def test_a_damaged_table_is_written_anew_by_the_task_that_declares_all_of_it(host: Host) -> None:
    wanted = declared("blocked", ["10.0.0.0/8"])
    host.boot(wanted)
    host.file("blocked").write_bytes(b"damaged")
    host.boot(wanted)
    assert host.changed and host.entries("blocked") == {"10.0.0.0/8": None}


def test_a_damaged_set_is_kept_anew_and_it_is_said_that_contents_may_be_lost(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]))
    Path(host.directory, "edge.json").write_text("{")
    host.boot(declared("limits", {1: 2}))
    assert set(host.facts()) == {"limits"}
    assert [each for each in host.warnings if "edge.json is damaged" in each and "are kept now" in each]


def test_check_mode_changes_nothing(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]))
    before = host.facts()
    host.boot(declared("blocked", ["192.0.2.0/24"]), check_mode=True)
    assert host.changed and host.facts() == before
    host.task(declared("blocked", ["192.0.2.0/24"]), check_mode=True)
    assert host.changed and host.facts() == before


def test_a_task_for_one_map_changes_that_alone(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]), declared("limits", {1: 2}))
    Path(host.executable).write_bytes(_reading(kept.LATEST))
    before = saved.read(host.directory, "edge")
    host.task(declared("blocked", ["192.0.2.0/24"]))
    assert host.changed and host.entries("blocked") == {"10.0.0.0/8": None, "192.0.2.0/24": None}
    after = saved.read(host.directory, "edge")
    assert after._replace(contents=()) == before._replace(contents=()) and after.contents[1] == before.contents[1]
    host.task(declared("blocked", ["192.0.2.0/24"]))
    assert not host.changed


def test_a_set_that_is_not_kept_or_kept_for_another_place_is_none_of_its_business(host: Host) -> None:
    host.task(declared("blocked", ["10.0.0.0/8"]))
    assert not host.changed and not os.path.exists(host.directory)
    host.boot()
    host.task(declared("blocked", ["10.0.0.0/8"]), pin_root="/sys/fs/bpf/other")
    assert not host.changed and host.facts() == {}


def _reading(number: int) -> bytes:
    """A boot program that reads formats up to this one."""
    import io
    import zipfile

    file = io.BytesIO()
    file.write(installed.INTERPRETER % b"python3")
    with zipfile.ZipFile(file, "a") as zip_file:
        zip_file.writestr("__main__.py", "")
        zip_file.comment = installed.comment(number)
    return file.getvalue()


def test_contents_are_not_kept_for_a_boot_program_that_cannot_bring_them_back(host: Host) -> None:
    host.boot()
    with pytest.raises(XdpError, match=f"{host.executable} is of an older version of the collection, and cannot"):
        host.task(declared("blocked", ["10.0.0.0/8"]))
    assert host.facts() == {}
    os.unlink(host.executable)  # it is somewhere else
    host.task(declared("blocked", ["10.0.0.0/8"]))
    assert host.changed and [each for each in host.warnings if "is not there to be looked at" in each]
    host.task(declared("blocked", ["192.0.2.0/24"]))
    assert host.warnings == [] and not os.path.exists(host.executable)


def test_a_run_that_another_one_overtakes_begins_anew(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.boot(declared("limits", [1]))
    real, others = contents.read, [declared("limits", [2]), declared("limits", [3])]

    def read(directory: str, each: KeptContents) -> Table:
        found = real(directory, each)
        if others:
            Host(Path(directory).parent).boot(others.pop())
        return found

    monkeypatch.setattr(contents, "read", read)
    host.boot(declared("limits", [4]))
    assert set(host.entries("limits")) == {1, 2, 3, 4}


ETH1, ETH2 = Interface(3, "eth1", {}, altnames=("to-the-provider",)), Interface(4, "eth2", {})


@pytest.fixture
def interfaces(monkeypatch: pytest.MonkeyPatch) -> list[Interface]:
    there = [Interface(2, "eth0", {}), ETH1]
    monkeypatch.setattr(netlink, "interfaces", lambda: there)
    return there


def test_interfaces_that_entries_name_are_waited_for(host: Host, interfaces: list[Interface]) -> None:
    entries = {0: "to-the-provider", 1: {"ifindex": "eth2", "program": "drop"}, 2: 7, 3: "not a name", 4: "eth2"}
    host.boot(declared("ports", entries, default_value="eth9"), declared("limits", [1], default_value="1"))
    assert host.facts()["ports"].interfaces == ("eth1", "eth2") and host.facts()["limits"].interfaces == ()
    assert sorted(os.listdir(os.path.join(host.directory, "interfaces"))) == ["eth0", "eth1", "eth2"]
    assert restore.wanted_on(host.directory, "eth2") == ["edge"]
    host.boot(declared("ports", [5], default_value={"ifindex": "eth9"}))
    assert host.facts()["ports"].interfaces == ("eth1", "eth2", "eth9")


def test_entries_that_wait_for_an_interface_are_those_that_name_it(host: Host, interfaces: list[Interface]) -> None:
    host.boot(declared("ports", {0: "to-the-provider", 1: "eth2", 2: 7}, exclusive=True), declared("limits", [1]))
    whole, wanted = restore._read(host.directory, "edge")

    def added(interface: str | None) -> list[tuple[str, dict[Any, Any], bool, str]]:
        options = restore.Options(host.directory, False, interface=interface)
        request = restore._request(whole, {each.name for each in interfaces}, options)
        request = restore._with_contents(request, whole, wanted, interfaces)
        assert request.contents == wanted
        return [
            (each.map, dict(zip(*items(block).values())), each.exclusive, each.existing)
            for each in request.add_contents
            for block in each.table.blocks
        ]

    assert added(None) == added("eth0") == added("eth2") == []
    assert added("eth1") == [("ports", {0: "to-the-provider"}, False, "keep")]
    interfaces.append(ETH2)
    assert added("eth2") == [("ports", {1: "eth2"}, False, "keep")]


def test_a_set_without_its_contents_is_not_brought_back(host: Host) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]))
    file = host.file("blocked")
    file.unlink()
    with pytest.raises(XdpError) as caught:
        restore._read(host.directory, "edge")
    assert str(caught.value) == (
        f"{file} cannot be read: No such file or directory. The set is not brought back without its contents. "
        f"Deploy it once more, with all entries and exclusive: true"
    )


def test_a_table_that_another_run_has_just_removed_is_not_missed(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.boot(declared("blocked", ["10.0.0.0/8"]))
    real = saved.read

    def read(directory: str, name: str) -> SavedSet:
        found = real(directory, name)
        monkeypatch.undo()
        host.boot(declared("blocked", ["192.0.2.0/24"]))
        return found

    monkeypatch.setattr(saved, "read", read)
    (found,) = restore._read(host.directory, "edge")[1]
    assert found.table == table(["10.0.0.0/8", "192.0.2.0/24"])


def test_sets_without_contents_are_restored_as_before(host: Host) -> None:
    host.boot()
    whole, wanted = restore._read(host.directory, "edge")
    assert wanted == () and restore._request(whole, {"eth0"}, restore.Options(host.directory, True)).contents == ()


def test_a_table_with_another_number_of_entries_is_damaged(host: Host) -> None:
    host.boot(declared("limits", [1, 2]))
    with pytest.raises(XdpError, match="is damaged: it has 2 entries, and 3 were kept"):
        contents.read(host.directory, host.facts()["limits"]._replace(entries=3))


def test_one_that_is_always_overtaken_gives_up(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.boot(declared("limits", [1]))

    def overtaken(*_arguments: object) -> None:
        raise Outdated

    monkeypatch.setattr(Files, "keep", overtaken)
    with pytest.raises(XdpError, match=f"Other runs keep changing what {host.directory} has of the pin set edge"):
        host.boot(declared("limits", [2]))


def test_a_set_of_a_later_version_is_left_as_it_is(host: Host) -> None:
    host.boot(declared("limits", [1]))
    file = Path(host.directory, "edge.json")
    later = file.read_text().replace("saved set 4", "saved set 6")
    file.write_text(later)
    with pytest.raises(XdpError, match="a later version of the collection wrote it"):
        host.boot(declared("limits", [2]))
    assert file.read_text() == later and len(os.listdir(os.path.join(host.directory, stored.DIRECTORY))) == 1
    file.write_text(later.replace("saved set 6", "saved set 4"))


def test_an_entry_of_a_file_on_the_host_is_named_by_its_line(host: Host) -> None:
    rows = [(1, 2, 1), (3, 1 << 40, 2)]
    read = table_of(rows, Places("/srv/limits.csv"))
    with pytest.raises(XdpError, match=r"^/srv/limits\.csv, line 2: The entry 3 of the map limits: "):
        host.boot(declared("limits", dict(row[:2] for row in rows))._replace(table=read.table, read=read))


def test_an_interface_by_its_number_is_not_waited_for(host: Host, interfaces: list[Interface]) -> None:
    host.boot(declared("ports", {2: {"ifindex": 3, "program": "drop"}}, default_value="eth7"))
    assert host.facts()["ports"].interfaces == ()
