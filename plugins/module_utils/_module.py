# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules have in common: how they start, and how they end."""

from __future__ import annotations

import os
import traceback
from typing import Any, Callable, NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError, out_of_memory, printable, refusal


class XdpModule(AnsibleModule):
    """``AnsibleModule`` without the file attributes that it adds to results with a ``path``.

    A pin set's owner and size say nothing, and ``mode`` and ``state`` would
    look like the options of these names.
    """

    def add_path_info(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return kwargs

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Whatever went wrong, names in it may be of somebody else's choice."""
        shown = {key: printable(value) if isinstance(value, str) else value for key, value in kwargs.items()}
        super().fail_json(printable(msg), **shown)


def run(module: XdpModule, work: Callable[[], dict[str, Any]]) -> None:
    """Do the work and end the module with its result, or with an error for the user."""
    try:
        _require_texts(module.params)
        result = work()
    except XdpError as error:
        module.fail_json(msg=str(error))
    except MemoryError:
        module.fail_json(msg=out_of_memory())
    except OSError as error:
        module.fail_json(msg=f"The system refused: {refusal(error)}", exception=traceback.format_exc())
    except Exception as error:  # a mistake of ours must not look like one of the user's
        module.fail_json(
            msg=f"An internal error, please report it: {type(error).__name__}: {error}",
            exception=traceback.format_exc(),
        )
    module.exit_json(**_in_utf8(result))


def _require_texts(options: dict[str, Any]) -> None:
    """Refuse texts that no name and no path can be, here for all options of all modules.

    Python raises a ``ValueError`` wherever it meets one, which says nothing of the option.
    """
    for option, value in options.items():
        if option.startswith("_"):
            continue  # of the action plugins, which have looked at it
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and ("\0" in text or not _is_encodable(text)):
                raise XdpError(f"{option}: {text[:200]!r} has a character in it that no name and no path can have")


def _is_encodable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def _in_utf8(value: Any) -> Any:
    """The same with ``\\udcff`` for a byte that is no character: Ansible would refuse the whole answer for one name."""
    if isinstance(value, dict):
        return {_in_utf8(key): _in_utf8(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_in_utf8(each) for each in value]
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
