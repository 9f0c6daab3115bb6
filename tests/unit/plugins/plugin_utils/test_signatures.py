# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signatures by the real ssh-keygen: what is good is taken, anything else is refused with its reason."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _signatures
from ansible_collections.ebpf.xdp.plugins.plugin_utils._object_action import _signed_text
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import OriginReader
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.examples import rich
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import SPEC
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils.actions import Action

ELF = rich().data()
TEXT = spec_text.to_text(SPEC).encode()
PROGRAM = b'#include "own.h"\nint a;\n'


def keygen(directory: Path, *arguments: str) -> None:
    subprocess.run(["ssh-keygen", "-q", *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    for name, passphrase in (("alice", ""), ("bob", ""), ("locked", "secret")):
        keygen(directory, "-t", "ed25519", "-N", passphrase, "-C", name, "-f", name)
    return directory


@pytest.fixture
def place(tmp_path: Path, keys: Path) -> Path:
    """Files of a controller: signed ones, and who may sign."""
    for file in keys.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / file.name).chmod(0o600)
    for name, data in (("prog.o", ELF), ("prog.json", TEXT), ("prog.c", PROGRAM), ("own.h", b"int b;\n")):
        (tmp_path / name).write_bytes(data)
    keygen(tmp_path, "-Y", "sign", "-f", "alice", "-n", "ebpf.xdp", "prog.o", "prog.json")
    (tmp_path / "allowed").write_text(f"alice@example.org {public(tmp_path, 'alice')}")
    return tmp_path


def public(directory: Path, name: str) -> str:
    return (directory / f"{name}.pub").read_text()


def fingerprint(directory: Path, name: str) -> str:
    said = subprocess.run(["ssh-keygen", "-l", "-f", f"{name}.pub"], cwd=directory, capture_output=True, check=True)
    return said.stdout.decode().split()[1]


def read(place: Path, **options: Any) -> Any:
    """The signer that the module is told of."""
    remote = {"/host/prog.o": ELF, "/host/prog.c": PROGRAM}
    arguments = {"allowed_signers": "allowed", **options}
    OriginReader(Action(str(place), remote), {}).read(arguments)
    assert not {"signature", "allowed_signers", "signer", "revoked_keys"} & set(arguments)
    return arguments.get("_signer")


def refusal(place: Path, **options: Any) -> str:
    with pytest.raises(AnsibleActionFail) as caught:
        read(place, **options)
    return str(caught.value)


def alice(place: Path) -> dict[str, str]:
    return {"name": "alice@example.org", "key": fingerprint(place, "alice")}


@pytest.mark.parametrize("src", ["prog.o", "prog.json"])
@pytest.mark.parametrize("signer", [None, "alice@example.org"])
def test_a_file_is_verified_by_its_bytes(place: Path, src: str, signer: str | None) -> None:
    assert read(place, src=src, signature=f"{src}.sig", signer=signer) == alice(place)


def test_an_object_is_verified_by_its_text_and_the_signature_may_be_text(place: Path) -> None:
    armoured = (place / "prog.json.sig").read_text().rstrip()  # as a template may have left it
    assert read(place, object=spec_text.to_json(SPEC), signature=armoured) == alice(place)


def test_a_file_of_the_host_is_verified_too(place: Path) -> None:
    assert read(place, src="/host/prog.o", remote_src=True, signature="prog.o.sig") == alice(place)


def test_a_source_of_the_host_is_refused(place: Path) -> None:
    said = refusal(place, src="/host/prog.c", remote_src=True, signature="prog.o.sig")
    assert said.startswith("signature: /host/prog.c is a C source on the host")


def test_a_source_is_verified_with_its_headers_in_place(place: Path) -> None:
    arguments: dict[str, Any] = {"src": "prog.c"}
    reader = OriginReader(Action(str(place)), {})
    reader.read(arguments)
    armoured = reader.sign(arguments["_text"].encode(), "alice")
    assert read(place, src="prog.c", signature=armoured) == alice(place)
    (place / "own.h").write_text("int c;\n")
    assert "prog.c with its headers in place: Signature verification failed" in refusal(
        place, src="prog.c", signature=armoured
    )


def test_without_options_nobody_signed(place: Path) -> None:
    arguments: dict[str, Any] = {"src": "prog.o"}
    OriginReader(Action(str(place)), {}).read(arguments)
    assert arguments == {"src": "prog.o"}


def test_files_may_be_under_ansible_vault(place: Path) -> None:
    for name in ("prog.o.sig", "allowed", "alice"):
        (place / f"{name}.vault").write_bytes((place / name).read_bytes()[::-1])
    assert read(place, src="prog.o", signature="prog.o.sig.vault", allowed_signers="allowed.vault") == alice(place)


@pytest.mark.parametrize("option", ["signature", "allowed_signers"])
@pytest.mark.parametrize("more", [{}, {"signer": "alice@example.org"}, {"revoked_keys": "alice.pub"}])
def test_half_of_the_options_is_refused(place: Path, option: str, more: dict[str, str]) -> None:
    options = {"src": "prog.o", "signature": "prog.o.sig", "allowed_signers": "allowed", **more, option: None}
    assert refusal(place, **options).startswith(f"{option} is missing. ")


@pytest.mark.parametrize("option", ["signature", "allowed_signers", "revoked_keys"])
@pytest.mark.parametrize(("name", "says"), [("nowhere", "Could not find"), (".", "is not a file")])
def test_what_is_no_file_is_refused(place: Path, option: str, name: str, says: str) -> None:
    said = refusal(place, **{"src": "prog.o", "signature": "prog.o.sig", option: name})
    assert said.startswith(f"{option}: ") and says in said and said.endswith("Nothing was changed")


def test_what_is_too_large_is_refused(place: Path) -> None:
    with open(place / "huge", "wb") as file:
        file.truncate((16 << 20) + 1)
    assert "huge is larger than 16 MiB" in refusal(place, src="prog.o", signature="huge")


@pytest.mark.parametrize("signer", [None, "alice@example.org"])
def test_another_file_is_refused(place: Path, signer: str | None) -> None:
    (place / "prog.o").write_bytes(ELF + b"\0")
    said = refusal(place, src="prog.o", signature="prog.o.sig", signer=signer)
    assert re.fullmatch(
        r"signature: prog\.o\.sig is not a valid signature of \S*prog\.o: Signature verification failed: incorrect "
        r"signature\. It has to be made by ssh-keygen -Y sign -n ebpf\.xdp, of exactly these bytes\. Nothing was changed",
        said,
    )


def test_a_signature_for_another_purpose_is_refused(place: Path) -> None:
    (place / "prog.o.sig").unlink()
    keygen(place, "-Y", "sign", "-f", "alice", "-n", "git", "prog.o")
    assert "namespace does not match" in refusal(place, src="prog.o", signature="prog.o.sig")


@pytest.mark.parametrize("what", [b"", b"junk", b"-----BEGIN SSH SIGNATURE-----\njunk\n-----END SSH SIGNATURE-----\n"])
def test_what_is_no_signature_is_refused(place: Path, what: bytes) -> None:
    (place / "prog.o.sig").write_bytes(what)
    for signer in (None, "alice@example.org"):
        assert "is not a valid signature" in refusal(place, src="prog.o", signature="prog.o.sig", signer=signer)


def test_somebody_else_is_refused(place: Path) -> None:
    said = refusal(place, src="prog.o", signature="prog.o.sig", signer="bob")
    assert "its key is not one of bob in allowed_signers" in said
    (place / "allowed").write_text(f"alice@example.org {public(place, 'bob')}")
    assert "its key is not in allowed_signers" in refusal(place, src="prog.o", signature="prog.o.sig")


@pytest.mark.parametrize(
    "option", ['namespaces="git"', 'valid-before="20200101"', 'valid-after="21000101"', "nonsense"]
)
@pytest.mark.parametrize("signer", [None, "alice@example.org"])
def test_options_of_the_allowed_signers_count(place: Path, option: str, signer: str | None) -> None:
    (place / "allowed").write_text(f"alice@example.org {option} {public(place, 'alice')}")
    said = refusal(place, src="prog.o", signature="prog.o.sig", signer=signer)
    assert "allowed_signers:1: " in said and "/tmp" not in said.partition("prog.o: ")[2]


def test_the_allowed_signers_may_have_patterns_and_several_names(place: Path) -> None:
    (place / "allowed").write_text(f"!eve@example.org,*@example.org {public(place, 'alice')}")
    assert read(place, src="prog.o", signature="prog.o.sig")["name"] == "*@example.org"
    assert read(place, src="prog.o", signature="prog.o.sig", signer="a@example.org")["name"] == "a@example.org"
    assert "not one of eve@example.org" in refusal(
        place, src="prog.o", signature="prog.o.sig", signer="eve@example.org"
    )


@pytest.mark.parametrize("form", ["list", "krl"])
def test_revoked_keys_are_refused(place: Path, form: str) -> None:
    if form == "krl":
        keygen(place, "-k", "-f", "revoked", "alice.pub")
    else:
        (place / "revoked").write_text(public(place, "bob") + public(place, "alice"))
    said = refusal(place, src="prog.o", signature="prog.o.sig", revoked_keys="revoked")
    assert said.startswith("revoked_keys: the key of alice@example.org, which prog.o.sig was made with, is revoked")


def test_others_keys_may_be_revoked(place: Path) -> None:
    assert read(place, src="prog.o", signature="prog.o.sig", revoked_keys="bob.pub") == alice(place)


def test_a_list_that_cannot_be_read_revokes_all(place: Path) -> None:
    (place / "revoked").write_text("junk\n")
    said = refusal(place, src="prog.o", signature="prog.o.sig", revoked_keys="revoked")
    assert "or this is neither a KRL nor a list of public keys" in said


def test_an_object_is_signed_as_it_is_verified(place: Path) -> None:
    data = spec_text.to_json(SPEC)
    armoured = OriginReader(Action(str(place)), {}).sign(_signed_text(data), "alice")
    assert armoured == (place / "prog.json.sig").read_text()
    with pytest.raises(AnsibleActionFail, match=r"^signing_key: The object spec was changed after it was made"):
        _signed_text({**data, "digest": "0" * 64})


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("locked", "passphrase"),
        ("nowhere", "signing_key: Could not find"),
        ("prog.o", "cannot sign with .*prog.o: "),
        ("readable", "cannot sign with .*readable: Permissions 0644 for .* are too open"),
    ],
)
def test_a_key_that_cannot_sign_is_an_error_and_nobody_is_asked(place: Path, key: str, says: str) -> None:
    (place / "readable").write_bytes((place / "alice").read_bytes())
    (place / "readable").chmod(0o644)
    with pytest.raises(AnsibleActionFail, match=says):
        OriginReader(Action(str(place)), {}).sign(b"data", key)


def test_the_agent_signs_for_a_public_key(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = str(place / "agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    try:
        assert agent.stdout is not None and b"SSH_AUTH_SOCK" in agent.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        subprocess.run(["ssh-add", "-q", "bob"], cwd=place, check=True, capture_output=True)
        (place / "bob").unlink()
        armoured = OriginReader(Action(str(place)), {}).sign(ELF, "bob.pub")
    finally:
        agent.terminate()
        agent.communicate()
    (place / "allowed").write_text(f"bob {public(place, 'bob')}")
    assert read(place, src="prog.o", signature=armoured) == {"name": "bob", "key": fingerprint(place, "bob")}


def stand_in(place: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Another ssh-keygen, as some controllers have it."""
    (place / "bin").mkdir()
    program = place / "bin" / "ssh-keygen"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place / 'bin'}:/bin:/usr/bin")


@pytest.mark.parametrize(
    "said", ["unknown option -- Y", "illegal option -- Y", 'Unsupported operation for -Y: "find-principals"']
)
def test_an_old_ssh_keygen_is_told(place: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    stand_in(place, monkeypatch, f"echo '{said}' >&2; exit 1")
    assert re.search(
        r"ssh-keygen is too old\. Install OpenSSH 8\.2 or later", refusal(place, src="prog.o", signature="prog.o.sig")
    )


def test_no_ssh_keygen_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(place))
    assert "ssh-keygen is not on the controller" in refusal(place, src="prog.o", signature="prog.o.sig")


def test_one_that_cannot_run_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(place, monkeypatch, "")
    (place / "bin" / "ssh-keygen").write_bytes(b"no program")
    assert "cannot run" in refusal(place, src="prog.o", signature="prog.o.sig")


def test_one_that_hangs_is_given_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(place, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(_signatures, "_PATIENCE", 0.2)
    assert "did not answer within" in refusal(place, src="prog.o", signature="prog.o.sig")


def test_it_runs_in_an_environment_of_its_own(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(place, monkeypatch, f"env > {place}/seen; tty >> {place}/seen; exit 1")
    monkeypatch.setenv("SSH_ASKPASS", "/bin/true")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    monkeypatch.setenv("TZ", "UTC")
    refusal(place, src="prog.o", signature="prog.o.sig")
    seen = (place / "seen").read_text().splitlines()
    assert {"TZ=UTC", "LC_ALL=C", "SSH_ASKPASS_REQUIRE=never", "not a tty"} <= {*seen}
    assert not [line for line in seen if line.startswith(("LD_", "SSH_ASKPASS="))]


def test_nothing_is_left_and_nobody_else_can_look(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = place / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    stand_in(place, monkeypatch, f"find {temporary} -mindepth 1 -printf '%m\\n' >> {place}/modes; exit 1")
    refusal(place, src="prog.o", signature="prog.o.sig")
    assert {*(place / "modes").read_text().split()} == {"700", "600"}
    assert list(temporary.iterdir()) == []
