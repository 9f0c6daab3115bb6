# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The controller's part of modules that take a program: it has to be found, read and sent along."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.plugin_utils._asked_again import Discarded
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import OriginReader, own_arguments, source_bytes
from ansible_collections.ebpf.xdp.plugins.plugin_utils._parts import Parts

if t.TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.plugin_utils._contents_action import Contents
    from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter_origin import Filter

# What a module answers when it has to compile, and headers of the source are still here (_source/source.py).
_NEEDED = "_headers_needed"

# The same of entries of maps that the host does not have (_contents/options.py).
_CONTENTS_NEEDED = "_contents_needed"


class ObjectAction(ActionBase):
    """An action that sends an object to its module: source, ELF object, object spec or chain."""

    # All travels in the arguments, as a transfer costs more than a whole run. Only vmlinux.h and long tables of entries do
    # not, when they are needed.
    TRANSFERS_FILES = False

    #: The module's name, for messages, and its option that takes an object spec.
    MODULE: str
    OBJECT_OPTION = "object"
    #: The module that the host runs; ``None`` for that of the task.
    PINS_AS: str | None = None
    #: Whether it has the option ``signing_key``.
    SIGNS = False
    #: Whether it has the option ``contents``.
    FILLS = False
    #: Whether it has the option ``tests``.
    TESTS = False

    #: The filters of the task, by the member's name; ``None`` for one that is alone.
    filters: t.Mapping[str | None, Filter] = {}  # never changed in place

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Called by Ansible. Runs the module, and again with what it says that it needs: parts, vmlinux.h, contents."""
        self._supports_async = True
        super().run(tmp, task_vars)
        #: What the module got, or gets, beside itself.
        self.parts = Parts(self)
        arguments = own_arguments(self, self.MODULE)
        reader = OriginReader(self, task_vars or {})
        key = arguments.pop("signing_key", None) if self.SIGNS else None
        if key is not None and self._task.async_val:
            raise AnsibleActionFail("signing_key: what is compiled by an async task cannot be signed. Remove async")
        if key is not None:
            # Before anything is compiled and written: whether this key can sign, without asking for a passphrase.
            reader.sign(b"", str(key))
        contents: Contents | None = None
        declared = arguments.pop("contents", None) if self.FILLS else None
        tests = arguments.pop("tests", None) if self.TESTS else None
        if arguments.get("state", "present") == "present":
            if tests:
                from ansible_collections.ebpf.xdp.plugins.plugin_utils._packet_tests import tests_of

                arguments["tests"] = tests_of(self, tests)
            if declared is not None:
                # Imported here, as most tasks declare none.
                from ansible_collections.ebpf.xdp.plugins.plugin_utils._contents_action import Contents

                contents = Contents(self)
                arguments["contents"] = contents.list_of(declared)
            spec = reader.read(arguments)
            if spec is not None:
                arguments[self.OBJECT_OPTION] = spec_text.to_json(spec)
            self.filters = reader.filters
            if self.filters:
                contents = self._with_filters(arguments, contents)
        result = self._answer(arguments, reader.apart, contents, task_vars)
        if contents is not None:
            result = contents.explained(result)
        self._tell_of_filters(result)
        if key is not None and "object" in result and not result.get("failed"):
            result["signature"] = reader.sign(_signed_text(result["object"]), str(key))
            if "_text" in arguments:
                result["source_signature"] = reader.sign(
                    source_bytes(arguments["_text"], arguments.get("_apart") or {}), str(key)
                )
        return result

    def _with_filters(self, arguments: dict[str, t.Any], contents: Contents | None) -> Contents:
        """What goes with filters: the contents of their maps, and tests made of their rules."""
        if not self.FILLS:
            raise AnsibleActionFail(
                f"filter: {self.MODULE} cannot fill maps, which a filter needs. Use xdp_filter, xdp_pin or xdp_boot"
            )
        from ansible_collections.ebpf.xdp.plugins.plugin_utils import _filter_origin
        from ansible_collections.ebpf.xdp.plugins.plugin_utils._contents_action import Contents
        from ansible_collections.ebpf.xdp.plugins.plugin_utils._packet_tests import tests_of

        contents = contents or Contents(self)
        elements = arguments.setdefault("contents", [])
        for member, found in self.filters.items():
            for element, packed in _filter_origin.contents(found, member):
                elements.append({**element, "_packed": contents.packed(packed)})
            # Without a program, there is nothing to test.
            if self.TESTS and arguments.get("scope") != "maps":
                arguments["tests"] = [*arguments.get("tests", ()), *tests_of(self, found.tests)]
        if self.MODULE in ("xdp_pin", "xdp_boot"):
            arguments["_vlan_rules"] = [name for each in self.filters.values() for name in each.vlan_rules]
        if self.MODULE == "xdp_pin":
            arguments["_tests_together"] = True
        return contents

    def _tell_of_filters(self, result: dict[str, t.Any]) -> None:
        """What their rules warn of, and what is not tested about them."""
        warnings = [text for each in self.filters.values() for text in each.compiled.warnings]
        if warnings:
            result["warnings"] = [*warnings, *result.get("warnings", ())]
        if self.filters and self.TESTS and not result.get("failed"):
            result["untested"] = [text for member, each in self.filters.items() for text in each.untested(member)]

    def _answer(
        self,
        arguments: dict[str, t.Any],
        apart: dict[str, str],
        contents: Contents | None,
        task_vars: dict[str, t.Any] | None,
    ) -> dict[str, t.Any]:
        """What the module answers; ``apart`` are the paths of headers that it gets only when it asks for them."""
        if self._task.async_val:  # nobody here waits for what the module answers
            if contents is not None:
                contents.send()
            if apart:
                arguments["_sent"] = self._send(apart)
            self.parts.send()
        result = self._ask(arguments, task_vars)
        discarded = Discarded()
        waiting = dict(apart)
        parts: set[str] = set()
        while True:
            sent = self.parts.lacking(result, parts)
            lacking = result.pop(_CONTENTS_NEEDED, ())
            if contents is not None and contents.send(lacking):
                sent = True
            asked = {name: waiting.pop(name) for name in result.pop(_NEEDED, ()) if name in waiting}
            if asked:
                arguments["_sent"] = {**arguments.get("_sent", {}), **self._send(asked)}
            if not asked and not sent:
                return discarded.before(result)
            discarded.add(result)
            result = self._ask(arguments, task_vars)

    def _ask(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        if self.parts.path is not None:
            arguments["_parts"] = self.parts.path
        return t.cast(
            "dict[str, t.Any]",
            self._execute_module(
                module_name=self.PINS_AS,
                module_args=_internal.pack(arguments),
                task_vars=task_vars,
                wrap_async=self._task.async_val,
            ),
        )

    def _send(self, headers: dict[str, str]) -> dict[str, str]:
        """Transfer the files to the task's temporary directory on the host, which Ansible removes; their paths there."""
        shell = self._connection._shell
        if shell.tmpdir is None:
            self._make_tmp_path()
        sent = {}
        for name, path in headers.items():
            sent[name] = shell.join_path(shell.tmpdir, os.path.basename(name))
            self._transfer_file(path, sent[name])  # type: ignore[no-untyped-call]  # ansible-core has no hints here
        self._fixup_perms2([shell.tmpdir, *sent.values()])  # type: ignore[no-untyped-call]  # ansible-core has no hints here
        return sent


def _signed_text(data: t.Any) -> bytes:
    """The text of an object that a module has returned; it has its digest with it."""
    try:
        return spec_text.to_text(spec_text.from_json(data)).encode()
    except XdpError as error:
        raise AnsibleActionFail(f"signing_key: {error}") from None  # a cause would be said once more
