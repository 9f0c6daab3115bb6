# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The option ``chain``: each member is read as a program is, and they are linked here if all of them are objects."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.module_utils.common.validation import check_type_bool, check_type_dict, check_type_list
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member, check_names, check_verdicts
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import ARGUMENTS
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.chain_source import counts
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.plugin_utils._given import is_given

#: What members say, each for itself.
_OF_MEMBERS = (
    *("src", "object", "filter", "program", "checksum", "signature", "allowed_signers", "signer", "revoked_keys"),
    *("defines", "compiler", "remote_src", "map_options", "constants"),
)

Read = t.Callable[[dict[str, t.Any]], "ObjectSpec | None"]


def read_chain(arguments: dict[str, t.Any], read: Read) -> ObjectSpec | None:
    """The linked object; or ``None`` where members are C sources, of which ``arguments`` then have what the module needs.

    ``read`` reads one member's options as those of a task. Raises ``XdpError``.
    """
    given = _members(arguments["chain"])
    for option in _OF_MEMBERS:
        if is_given(option, arguments.get(option)):
            raise XdpError(
                f"chain and {option} are both given. With a chain, each member has its own {option}. Nothing was changed"
            )
    check_names([member.get("name", "") for member in given])
    for member in given:
        if member.get("program") is not None:
            member["program"] = str(member["program"])  # as in a task, where a number becomes its text
    count = counts(len(given), _boolean(arguments.get("count_verdicts")))
    specs = []
    for index, member in enumerate(given):
        if member.get("proceed_on") is not None:
            member["proceed_on"] = [str(each) for each in _list(f"chain[{index}].proceed_on", member["proceed_on"])]
            check_verdicts(member["name"], member["proceed_on"], member is given[-1])
        if [member.get(each) is None for each in ("src", "object", "filter")].count(False) != 1:
            raise XdpError(f"chain: {member['name']}: Give one of src, object and filter. Nothing was changed")
        try:
            member["_place"] = index
            specs.append(read(member))
            del member["_place"]
        except (AnsibleError, XdpError) as error:
            raise XdpError(f"chain: {member['name']}: {error}") from error
    members = [
        Member(member["name"], spec, member.get("program"), member.get("proceed_on"))
        for member, spec in zip(given, specs)
        if spec is not None
    ]
    if len(members) == len(given):
        del arguments["chain"]
        arguments.pop("count_verdicts", None)
        return link(members, count)
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text

    for member, spec in zip(given, specs):
        if spec is not None:
            member["object"] = spec_text.to_json(spec)
            member.pop("src", None)
    arguments["chain"] = given
    return None


def _members(given: t.Any) -> list[dict[str, t.Any]]:
    known = [option for option in ARGUMENTS["chain"]["options"] if not _internal.is_reserved(option)]
    members = []
    for index, each in enumerate(_list("chain", given)):
        try:
            member = dict(check_type_dict(each))
        except TypeError as error:
            raise XdpError(f"chain[{index}]: {error}") from error
        unknown = sorted(str(option) for option in member if option not in known)
        if unknown:
            raise XdpError(
                f"chain[{index}]: a member has no option {', '.join(unknown)}. It can have {', '.join(known)}. Nothing was changed"
            )
        members.append(member)
    return members


def _list(option: str, value: t.Any) -> list[t.Any]:
    try:
        return t.cast("list[t.Any]", check_type_list(value))
    except TypeError as error:
        raise XdpError(f"{option}: {error}") from error


def _boolean(value: t.Any) -> bool | None:
    try:
        return None if value is None else t.cast(bool, check_type_bool(value))
    except TypeError as error:
        raise XdpError(f"count_verdicts: {error}") from error
