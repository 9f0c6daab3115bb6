# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Detached SSH signatures, made and verified on the controller by ssh-keygen.

The format is that of ``ssh-keygen -Y sign``, which git uses too (OpenSSH's
PROTOCOL.sshsig). ``-Y sign`` and ``-Y verify`` came with OpenSSH 8.1,
``-Y find-principals`` with 8.2 (its release notes).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError, printable
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import Signer

#: What signatures are made for: one for another purpose, such as git's, is not taken.
NAMESPACE = "ebpf.xdp"

ARMOUR = "-----BEGIN SSH SIGNATURE-----"

#: Seconds. Keys on a token that waits to be touched are the only ones that take more than a moment.
_PATIENCE = 30

#: Of the controller's environment: where ssh-keygen and the agent are, and in which time zone ``valid-after`` is.
_ENVIRONMENT = ("PATH", "SSH_AUTH_SOCK", "TZ", "HOME")

#: How ssh-keygen answers an option or an operation that it does not know.
_TOO_OLD = re.compile(
    r"(?:unknown|illegal|invalid|unrecognized) option|Unsupported operation for -Y|Too many arguments"
)

_GOOD = re.compile(r"^Good .* key (SHA256:[A-Za-z0-9+/=]+)\s*$", re.MULTILINE)

#: Principals of one line of the allowed signers that are tried, where the task names none.
_MOST_PRINCIPALS = 32


class Trust(t.NamedTuple):
    """What a task says of a signature, as the contents of its files."""

    signature: bytes
    #: What to call the signature in messages.
    called: str
    allowed_signers: bytes
    signer: str | None = None
    revoked_keys: bytes | None = None


class _Answer(t.NamedTuple):
    ok: bool
    out: str
    #: What ssh-keygen said is wrong, in one line.
    trouble: str


def verify(what: str, data: bytes, trust: Trust) -> Signer:
    """Whose valid signature of ``data`` it is; raises ``XdpError`` for any other. ``what`` names the data."""
    with _directory() as directory:
        signature = _put(directory, "signature", trust.signature)
        allowed = _put(directory, "allowed_signers", trust.allowed_signers)
        revoked = [] if trust.revoked_keys is None else ["-r", _put(directory, "revoked_keys", trust.revoked_keys)]
        names = [trust.signer] if trust.signer is not None else _principals(what, trust, signature, allowed)
        answer = None
        for name in names:
            command = ["-Y", "verify", "-n", NAMESPACE, "-f", allowed, "-I", name, "-s", signature]
            answer = _ssh_keygen([*command, *revoked], data)
            found = _GOOD.search(answer.out)
            if answer.ok and found:
                return Signer(name, found.group(1))
            if revoked and _ssh_keygen(command, data).ok:
                raise XdpError(
                    f"revoked_keys: the key of {name}, which {trust.called} was made with, is revoked there, "
                    f"or this is neither a KRL nor a list of public keys. Nothing was changed"
                )
    said = answer.trouble if answer else ""
    raise _refused(what, trust, said or f"its key is not one of {names[-1] if names else 'anybody'} in allowed_signers")


def _principals(what: str, trust: Trust, signature: str, allowed: str) -> list[str]:
    """Whose key it may be; verifying decides."""
    answer = _ssh_keygen(["-Y", "find-principals", "-s", signature, "-f", allowed], b"")
    names = [line for line in answer.out.splitlines() if line and not line.startswith("!")] if answer.ok else []
    if not names:
        raise _refused(what, trust, answer.trouble or "its key is not in allowed_signers")
    return names[:_MOST_PRINCIPALS]


def _refused(what: str, trust: Trust, why: str) -> XdpError:
    return XdpError(
        f"signature: {trust.called} is not a valid signature of {what}: {why}. "
        f"It has to be made by ssh-keygen -Y sign -n {NAMESPACE}, of exactly these bytes. Nothing was changed"
    )


def sign(data: bytes, path: str, called: str) -> str:
    """The armoured signature of ``data`` by the key at ``path``, which ``called`` names in messages.

    Never asks: a key with a passphrase has to be in the agent.
    """
    with _directory() as directory:
        # As a file: on its input, ssh-keygen would take the first line for the passphrase.
        file = _put(directory, "data", data)
        answer = _ssh_keygen(["-Y", "sign", "-f", path, "-n", NAMESPACE, file], None)
        if not answer.ok:
            why = answer.trouble or "ssh-keygen gave no reason"
            raise XdpError(
                f"signing_key: cannot sign with {called}: {why}. Nobody is asked for a passphrase: "
                f"add a key that has one to ssh-agent first"
            )
        with open(f"{file}.sig", encoding="ascii") as signature:
            return signature.read()


def _ssh_keygen(arguments: list[str], data: bytes | None) -> _Answer:
    """Run it without a terminal, in an environment of its own; ``data`` is its input."""
    program = shutil.which("ssh-keygen")
    if program is None:
        raise XdpError(
            "signature, signing_key: ssh-keygen is not on the controller. "
            "Install OpenSSH's client there (openssh-client), version 8.2 or later"
        )
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        done = subprocess.run(
            [program, *arguments],
            input=data or b"",
            capture_output=True,
            env={**environment, "LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"},
            start_new_session=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise XdpError(
            f"signature, signing_key: ssh-keygen did not answer within {_PATIENCE} seconds. "
            f"Is ssh-agent stuck, or does the key wait to be touched?"
        ) from error
    except (OSError, ValueError) as error:
        raise XdpError(f"signature, signing_key: cannot run {program}: {error}") from error
    said = done.stderr.decode(errors="backslashreplace")
    if done.returncode and _TOO_OLD.search(said):
        raise XdpError(f"signature, signing_key: {program} is too old. Install OpenSSH 8.2 or later on the controller")
    return _Answer(done.returncode == 0, done.stdout.decode(errors="backslashreplace"), _trouble(said))


def _trouble(said: str) -> str:
    """The lines that say what is wrong, as one, without the names of temporary files."""
    lines = [
        re.sub(r"^Enter passphrase: |/\S*/(?=allowed_signers|signature|data)", "", line.strip())
        for line in said.splitlines()
    ]
    noise = ("Signing file", "No principal matched", "Could not verify", "@")
    return printable(
        "; ".join(dict.fromkeys(line.rstrip(".") for line in lines if line and not line.startswith(noise)))
    )


@contextmanager
def _directory() -> Iterator[str]:
    """A directory that nobody else can look into."""
    with tempfile.TemporaryDirectory(prefix="ebpf-xdp-") as directory:
        yield directory


def _put(directory: str, name: str, content: bytes) -> str:
    path = os.path.join(directory, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path
