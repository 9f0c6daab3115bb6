# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task gives as program, read on the controller."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import with_constants, with_map_options
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_options import set_map_options
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import OriginReader, own_arguments, own_headers
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.examples import rich
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import BARE, SPEC
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils.actions import Action

ELF = rich().data()
READ = read_object("prog.o", ELF)


def read(action: Action, arguments: dict[str, Any]) -> ObjectSpec | None:
    return OriginReader(action, {}).read(arguments)


def refusal(action: Action, arguments: dict[str, Any]) -> str:
    with pytest.raises(AnsibleActionFail) as caught:
        read(action, arguments)
    return str(caught.value)


def action_with(directory: Path, **files: bytes) -> Action:
    for name, content in files.items():
        (directory / name.replace("__", ".")).write_bytes(content)
    return Action(str(directory))


def checksum(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def test_an_elf_object_becomes_a_spec(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"src": "prog.o", "name": "edge"}
    assert read(action_with(tmp_path, prog__o=ELF), arguments) == READ
    assert arguments == {"src": "prog.o", "name": "edge"}


def test_an_elf_object_is_known_by_its_beginning_and_not_by_its_name(tmp_path: Path) -> None:
    assert read(action_with(tmp_path, prog__c=ELF), {"src": "prog.c"}) == READ


def test_a_file_of_a_spec_is_read(tmp_path: Path) -> None:
    text = spec_text.to_text(SPEC).encode()
    assert read(action_with(tmp_path, prog__json=text), {"src": "prog.json"}) == SPEC


def test_a_spec_may_be_given_as_it_is() -> None:
    arguments: dict[str, Any] = {"object": spec_text.to_json(SPEC), "state": "present"}
    assert read(Action(), arguments) == SPEC
    assert arguments == {"state": "present"}


def test_a_spec_may_be_given_as_text() -> None:
    assert read(Action(), {"object": json.dumps(spec_text.to_json(SPEC))}) == SPEC


def test_a_c_source_travels_flat(tmp_path: Path) -> None:
    action = action_with(tmp_path, prog__c=b'#include "own.h"\nint a;\n', own__h=b"int b;\n")
    arguments: dict[str, Any] = {"src": "prog.c", "defines": {"X": 1}}
    assert read(action, arguments) is None
    assert arguments.pop("_text").splitlines()[:2] == ['#line 1 "prog.c"', '#line 1 "own.h"']
    assert arguments == {"src": "prog.c", "defines": {"X": 1}, "compiler": "bcc"}


def test_a_source_for_libbpf_travels_with_its_constants_and_without_vmlinux_h(tmp_path: Path) -> None:
    types = b"struct x { int a; };\n" * 10_000
    action = action_with(tmp_path, prog__c=b'#include "vmlinux.h"\nint a;\n', vmlinux__h=types)
    arguments: dict[str, Any] = {"src": "prog.c", "constants": {"port": 80}}
    reader = OriginReader(action, {})
    assert reader.read(arguments) is None
    assert arguments == {
        "src": "prog.c",
        "constants": {"port": 80},
        "compiler": "clang",
        "_text": '#line 1 "prog.c"\n#include "vmlinux.h"\nint a;\n',
        "_apart": {"vmlinux.h": hashlib.sha256(types).hexdigest()},
    }
    assert reader.apart == {"vmlinux.h": f"{tmp_path}/vmlinux.h"}


@pytest.mark.parametrize(("wanted", "chosen"), [("auto", "bcc"), ("bcc", "bcc"), ("clang", "clang"), ("gcc", "gcc")])
def test_the_compiler_is_chosen_here_where_the_choice_is_left(tmp_path: Path, wanted: str, chosen: str) -> None:
    arguments: dict[str, Any] = {"src": "prog.c", "compiler": wanted}
    assert read(action_with(tmp_path, prog__c=b"int a;\n"), arguments) is None
    assert arguments["compiler"] == chosen


def test_bcc_is_not_for_a_source_for_libbpf(tmp_path: Path) -> None:
    action = action_with(tmp_path, prog__c=b'SEC("xdp") int f(void) { return 2; }\n')
    assert refusal(action, {"src": "prog.c", "compiler": "bcc"}) == (
        f'{tmp_path}/prog.c is a source for libbpf, which bcc cannot compile: it has SEC("xdp". '
        "Leave compiler at auto, or set it to clang"
    )


def test_nothing_given_is_for_the_module_to_say() -> None:
    arguments: dict[str, Any] = {"name": "edge"}
    assert read(Action(), arguments) is None
    assert arguments == {"name": "edge"}


def test_both_given_are_refused() -> None:
    assert refusal(Action(), {"src": "prog.c", "object": spec_text.to_json(SPEC)}) == (
        "src and object are both given. Give the one that is to be loaded"
    )


def test_constants_are_set_in_an_elf_object(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"src": "prog.o", "constants": {"port": 80, "tag": "x"}}
    spec = read(action_with(tmp_path, prog__o=ELF), arguments)
    assert spec is not None and spec._replace(source=READ.source) == set_constants(READ, {"port": 80, "tag": "x"})
    assert spec.source == with_constants(READ.source, {"tag": "x", "port": 80})
    assert "constants" not in arguments


def test_constants_are_set_in_a_spec() -> None:
    spec = spec_text.to_json(READ)
    found = read(Action(), {"object": spec, "constants": {"port": 80}})
    assert found is not None and found._replace(source=READ.source) == set_constants(READ, {"port": 80})
    # Whoever runs the object as it was compiled does not run this one.
    others = [read(Action(), {"object": spec, "constants": {"port": port}}) for port in (80, 81)]
    sources = {READ.source, *(other.source for other in others if other is not None)}
    assert len(sources) == 3 and found.source in sources


def test_options_of_maps_are_set_in_an_object() -> None:
    arguments = {"object": spec_text.to_json(SPEC), "map_options": {"ports": {"max_entries": 7}}}
    wanted = set_map_options(SPEC, {"ports": {"max_entries": 7}})
    source = with_map_options(SPEC.source, {"ports": {"max_entries": 7}})
    assert read(Action(), arguments) == wanted._replace(source=source) != wanted
    assert "map_options" not in arguments


def test_options_of_maps_of_a_source_go_to_the_module(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"src": "prog.c", "map_options": {"ports": {"max_entries": 7}}}
    assert read(action_with(tmp_path, prog__c=b"int a;\n"), arguments) is None
    assert arguments["map_options"] == {"ports": {"max_entries": 7}}


def test_constants_may_be_a_text() -> None:
    # As check_type_dict takes them everywhere.
    spec = read(Action(), {"object": spec_text.to_json(READ), "constants": "port=80"})
    assert spec is not None and spec._replace(source=READ.source) == set_constants(READ, {"port": 80})


@pytest.mark.parametrize("constants", [7, ["port"], "port"])
def test_constants_that_are_no_dictionary_are_refused(constants: Any) -> None:
    given = {"object": spec_text.to_json(READ), "constants": constants}
    assert refusal(Action(), given).startswith("constants: ")


@pytest.mark.parametrize("given", [7, ["x"], "x"])
def test_an_object_that_is_no_dictionary_is_refused(given: Any) -> None:
    assert refusal(Action(), {"object": given}).startswith("object: ")


def test_an_object_that_is_no_spec_is_refused() -> None:
    assert refusal(Action(), {"object": {"a": 1}}).startswith("Not an object spec: ")


def test_a_constant_that_is_not_there_is_refused() -> None:
    message = refusal(Action(), {"object": spec_text.to_json(READ), "constants": {"x": 1}})
    assert message.startswith("constants: the object has no read-only variable x. It has: port, tag")


def test_defines_are_not_for_objects(tmp_path: Path) -> None:
    message = "defines are for C sources, and this is an object. Its read-only variables are set by constants"
    assert refusal(action_with(tmp_path, prog__o=ELF), {"src": "prog.o", "defines": {"X": 1}}) == message
    assert refusal(Action(), {"object": spec_text.to_json(BARE), "defines": {"X": 1}}) == message
    assert read(Action(), {"object": spec_text.to_json(BARE), "defines": {}}) == BARE


@pytest.mark.parametrize("remote", [False, True])
def test_a_checksum_is_not_for_sources(tmp_path: Path, remote: bool) -> None:
    action = action_with(tmp_path, prog__c=b"int a;\n")
    action._remote["/prog.c"] = b"int a;\n"
    path = "/prog.c" if remote else str(tmp_path / "prog.c")
    arguments = {"src": "/prog.c" if remote else "prog.c", "remote_src": remote, "checksum": checksum(b"int a;\n")}
    assert refusal(action, arguments) == (
        f"checksum: {path} is a C source, and this is for objects: a source's headers and compiler count as well. "
        "Make an object of it with xdp_compile"
    )


def test_the_checksum_of_a_file_is_of_its_bytes(tmp_path: Path) -> None:
    pretty = json.dumps(spec_text.to_json(SPEC), indent=1).encode()
    action = action_with(tmp_path, prog__o=ELF, prog__json=pretty)
    assert read(action, {"src": "prog.o", "checksum": checksum(ELF)}) == READ
    assert read(action, {"src": "prog.json", "checksum": checksum(pretty)}) == SPEC


def test_the_checksum_of_a_spec_is_its_digest() -> None:
    given = {"object": spec_text.to_json(SPEC), "checksum": "sha256:" + spec_text.digest(SPEC)}
    assert read(Action(), given) == SPEC


def test_another_checksum_is_refused_before_the_object_is_looked_at(tmp_path: Path) -> None:
    damaged = ELF[:100]
    message = refusal(action_with(tmp_path, prog__o=damaged), {"src": "prog.o", "checksum": checksum(ELF)})
    assert message == (
        f"checksum: {tmp_path}/prog.o has {checksum(damaged)}, and {checksum(ELF)} was asked for. Nothing was changed"
    )


def test_a_damaged_object_is_refused_by_its_path(tmp_path: Path) -> None:
    message = refusal(action_with(tmp_path, prog__o=ELF[:100]), {"src": "prog.o"})
    assert message.startswith(f"The object {tmp_path}/prog.o ")


def test_what_is_neither_source_nor_object_is_refused(tmp_path: Path) -> None:
    assert refusal(action_with(tmp_path, prog__c=b"\0"), {"src": "prog.c"}) == (
        f"{tmp_path}/prog.c is neither C source nor an ELF object nor an object spec"
    )


def test_an_encrypted_file_is_read_and_its_copy_cleaned_up(tmp_path: Path) -> None:
    action = Action(str(tmp_path))
    (tmp_path / "prog.o.vault").write_bytes(ELF[::-1])
    assert read(action, {"src": "prog.o.vault"}) == READ
    assert action._loader.temporary == action._loader.cleaned


def test_a_file_of_the_host_is_fetched() -> None:
    for data, spec in ((ELF, READ), (spec_text.to_text(SPEC).encode(), SPEC)):
        action = Action(remote={"/srv/prog": data})
        assert read(action, {"src": "/srv/prog", "remote_src": "yes"}) == spec
        assert action.asked == ["/srv/prog"]


def test_a_source_of_the_host_stays_there_and_gets_our_headers() -> None:
    arguments: dict[str, Any] = {"src": "/srv/prog.c", "remote_src": True}
    assert read(Action(remote={"/srv/prog.c": b"int a;\n"}), arguments) is None
    assert arguments == {"src": "/srv/prog.c", "remote_src": True, "_headers": own_headers()}


def test_a_file_that_the_host_does_not_have_is_refused() -> None:
    assert refusal(Action(), {"src": "/srv/prog.o", "remote_src": True}) == (
        "Cannot read the source /srv/prog.o: file not found: /srv/prog.o"
    )


@pytest.mark.parametrize("value", ["maybe", [1], 7])
def test_remote_src_is_yes_or_no(value: Any) -> None:
    assert refusal(Action(), {"src": "prog.o", "remote_src": value}).startswith("remote_src: ")


def test_the_collection_s_own_programs_need_no_path() -> None:
    arguments: dict[str, Any] = {"src": "xdp_stats.c"}
    assert read(Action("/nonexistent"), arguments) is None
    assert "xdp_stats" in arguments["_text"]


def test_a_file_of_one_s_own_comes_before_the_collection_s(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"src": "xdp_stats.c"}
    assert read(action_with(tmp_path, xdp_stats__c=b"int mine;\n"), arguments) is None
    assert arguments["_text"] == '#line 1 "xdp_stats.c"\nint mine;\n'


@pytest.mark.parametrize("src", ["none.c", "x/xdp_stats.c", "../programs/xdp_stats.c", "", "."])
def test_a_file_that_is_not_there_is_refused_with_the_collection_s_own(src: str) -> None:
    message = refusal(Action("/nonexistent"), {"src": src})
    assert ". The collection's own programs are: " in message
    assert "xdp_stats.c" in message


def test_a_directory_is_refused(tmp_path: Path) -> None:
    os.mkdir(tmp_path / "prog.o")
    assert refusal(Action(str(tmp_path)), {"src": "prog.o"}) == f"The source {tmp_path}/prog.o is not a file"


def test_our_headers_are_texts_by_name() -> None:
    headers = own_headers()
    assert "xdp_stats.h" in headers
    assert all(name.endswith(".h") and text for name, text in headers.items())


def test_arguments_are_a_copy() -> None:
    action = Action(src="prog.c", name="edge")
    arguments = own_arguments(action, "xdp_pin")
    arguments.pop("src")
    assert action._task.args == {"src": "prog.c", "name": "edge"}


def test_what_action_plugins_add_cannot_be_given() -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        own_arguments(Action(src="prog.c", _text="int a;", _headers={}), "xdp_pin")
    assert str(caught.value) == "Unsupported parameters for xdp_pin: _headers, _text"


def test_a_source_cannot_have_secrets_decrypted(tmp_path: Path) -> None:
    action = action_with(tmp_path, prog__c=b'#include "vault.yml"\n', vault__yml=b"$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    said = refusal(action, {"src": "prog.c"})
    assert (
        f"The header {tmp_path}/vault.yml is under ansible-vault. Only what the task names as src is decrypted" in said
    )


def test_a_header_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    said = refusal(action_with(tmp_path, prog__c=b'#include "/proc/self/mem"\n'), {"src": "prog.c"})
    assert said.startswith("Cannot read the source /proc/self/mem: ")


def test_what_an_object_calls_its_functions_reaches_no_terminal(tmp_path: Path) -> None:
    hostile = spec_text.to_text(SPEC).replace('"name":"drop"', '"name":"\\u001b[2J"').encode()
    said = refusal(action_with(tmp_path, prog__json=hostile), {"src": "prog.json"})
    assert said.isprintable()


def test_a_file_of_the_host_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    action = Action(str(tmp_path), {"/srv/disk.img": b""})
    action.sizes["/srv/disk.img"] = 3 << 30
    said = refusal(action, {"src": "/srv/disk.img", "remote_src": True})
    assert said == (
        "/srv/disk.img is larger than 64 MiB. src is a C source for bcc or clang, an ELF object for BPF, "
        "or a file written by xdp_compile"
    )
    assert action.asked == []


def test_a_file_of_the_controller_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    with open(tmp_path / "disk.img", "wb") as file:
        file.truncate(3 << 30)
    assert "disk.img is larger than 64 MiB. src is a C source" in refusal(Action(str(tmp_path)), {"src": "disk.img"})


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"#!/bin/sh\necho\n", "is a script for /bin/sh. src is a C source for bcc or clang, an ELF object for BPF"),
        (
            b'#!/usr/bin/python\nfrom bcc import BPF\nb = BPF(text="")\n',
            "is a Python program. Put the C text that it gives",
        ),
        (b"---\n- hosts: all\n", "is a YAML file. src is"),
        (b"!<arch>\nprog.o/", "is an archive of objects"),
        (b"\x1f\x8b\x08\0\0", "is compressed by gzip"),
        (b"BC\xc0\xde\x35", "is LLVM bitcode, which llc -march=bpf -filetype=obj makes an ELF object of"),
    ],
)
def test_what_is_no_program_is_called_what_it_is(tmp_path: Path, data: bytes, what: str) -> None:
    assert what in refusal(action_with(tmp_path, prog=data), {"src": "prog"})


def test_a_refusal_has_no_cause_that_ansible_would_say_again(tmp_path: Path) -> None:
    for arguments in ({"src": "nowhere.c"}, {"src": "x.c", "remote_src": True}):
        with pytest.raises(AnsibleActionFail) as caught:
            read(Action(str(tmp_path)), dict(arguments))
        assert caught.value.__cause__ is None
