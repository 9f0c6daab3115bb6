# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the modules have in common: how they start, and how they end."""

from __future__ import annotations

import hashlib
import os
import re
import traceback
from typing import Any, Callable, NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError, printable

_DIGEST_SIZE = 64

# Characters of one option's value that syslog and invocations show.
_LONGEST_SHOWN = 200

# In Ansible's list of supported options, the one that only action plugins use (_internal.py).
_OWN_OPTION = re.compile(r"(Supported parameters include: .*), xdp_internal\b")


#: Options of several modules, as doc_fragments/pin_root.py and doc_fragments/boot_directory.py document them.
PIN_ROOT = {"type": "path", "default": "/sys/fs/bpf/ansible"}
BOOT_DIRECTORY = {"type": "path", "default": "/var/lib/ebpf-xdp"}


class XdpModule(AnsibleModule):
    """``AnsibleModule`` without the file attributes that it adds to results with a ``path``.

    A pin set's owner and size say nothing, and ``mode`` and ``state`` would
    look like the options of these names.

    In syslog and in results, programs are shown by name, size and digest only.
    Ansible writes all options there, in one line: with a C text and its headers,
    or an object, that would be hundreds of kilobytes in each run, and constants
    may be confidential.
    """

    def add_path_info(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the result as it is. Ansible would add owner and mode of ``path``, which is in bpffs here."""
        return kwargs

    def _log_invocation(self) -> None:
        whole = self.params
        # syslog(3) takes no zero byte: with Python 3.13 the module would fail there, before the option is refused.
        shown = shown_options(whole)
        self.params = {name: printable(value) if isinstance(value, str) else value for name, value in shown.items()}
        try:
            super()._log_invocation()  # type: ignore[no-untyped-call]  # ansible-core has no hints here
        finally:
            self.params = whole

    def exit_json(self, **kwargs: Any) -> NoReturn:
        """End the module with this result."""
        super().exit_json(**self._with_invocation(kwargs))

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Whatever went wrong, names in it may be of somebody else's choice."""
        shown = {key: printable(value) if isinstance(value, str) else value for key, value in kwargs.items()}
        super().fail_json(_OWN_OPTION.sub(r"\1", printable(msg)), **self._with_invocation(shown))

    def warn(self, warning: str, **kwargs: Any) -> None:
        """Like errors, warnings may have names of somebody else's choice in them."""
        super().warn(printable(warning), **kwargs)

    def _with_invocation(self, result: dict[str, Any]) -> dict[str, Any]:
        """As ``AnsibleModule`` adds it to a result without one. From core 2.21 on, it is removed again unless asked for."""
        return {"invocation": {"module_args": shown_options(getattr(self, "params", {}))}, **result}


def shown_options(options: dict[str, Any]) -> dict[str, Any]:
    """Options as they may be logged: dictionaries by their keys, long values by size and digest."""
    return {name: _shown(value) for name, value in _told(options).items()}


def _told(options: dict[str, Any]) -> dict[str, Any]:
    """Without what only action plugins set (_internal.py) and this one did not: its defaults are all empty."""
    return {name: value for name, value in options.items() if value or not str(name).startswith("_")}


def _shown(value: Any) -> Any:
    if isinstance(value, dict) and value:
        digest = value.get("digest")
        if isinstance(digest, str) and "programs" in value:
            return f"<object {digest[:_DIGEST_SIZE]}>"
        return _shown(f"<{', '.join(sorted(map(str, _told(value))))}>")
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _shown(", ".join(map(str, map(_shown, value))))
    text = value if isinstance(value, str) else str(value)
    if len(text) <= _LONGEST_SHOWN:
        return value
    data = text.encode(errors="surrogatepass")  # for its length and digest alone
    return f"<{len(data)} bytes, sha256:{hashlib.sha256(data).hexdigest()}>"


def run(module: XdpModule, work: Callable[[], dict[str, Any]]) -> None:
    """Do the work and end the module with its result, or with an error for the user."""
    try:
        _require_texts(module.params)
        result = work()
    except XdpError as error:
        module.fail_json(msg=str(error), **error.answer)
    except (MemoryError, OSError) as error:
        from ansible_collections.ebpf.xdp.plugins.module_utils import _answers

        if isinstance(error, MemoryError):
            module.fail_json(msg=_answers.out_of_memory())
        module.fail_json(msg=f"The system refused: {_answers.refusal(error)}", exception=traceback.format_exc())
    except Exception as error:  # a mistake of ours must not look like one of the user's
        module.fail_json(
            msg=f"An internal error, please report it: {type(error).__name__}: {error}",
            exception=traceback.format_exc(),
        )
    module.exit_json(**_in_utf8(result))


def _require_texts(options: dict[str, Any]) -> None:
    """Refuse texts that cannot be a name or path, for all options of all modules.

    Otherwise Python raises a ``ValueError`` wherever it meets one, without the option's name.
    """
    for option, value in options.items():
        if option.startswith("_"):
            continue  # from an action plugin, which has checked it
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and ("\0" in text or not _is_encodable(text)):
                raise XdpError(f"{option}: {text[:200]!r} contains a character that no name or path can have")


def _is_encodable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def _in_utf8(value: Any) -> Any:
    """The same with ``\\udcff`` for a byte that is not part of a character: Ansible would refuse the whole answer for one name."""
    if isinstance(value, dict):
        return {_in_utf8(key): _in_utf8(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_in_utf8(each) for each in value]
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
