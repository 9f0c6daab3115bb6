# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which pin sets the role xdp_program declares in a play, wherever the play uses it, itself or by the role xdp_filter.

A role knows its own variables only, and nothing in Ansible runs at the end of a play without a change. So a use of the
role that asks "who else declares this set?" reads the play: each entry of ``roles``, each ``import_role`` and each
``include_role`` that is in sight, with the variables that it will have on this host. Not in sight is what a later
``include_tasks`` reads.

This rests on attributes of ansible-core that are not documented (2.16 to 2.21 have them). Where one is missing, or a
variable has no value yet, the answer is that it is not known.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from ansible import template as ansible_template

_COLLECTION = "ebpf.xdp"
_ROLE = "xdp_program"

#: Templates for the names of the sets, by role. The tasks of xdp_filter use xdp_program, but where a play includes that role,
#: its tasks and defaults are in sight only while they run.
_NAMES = {
    _ROLE: "{{ xdp_program_sets | map(attribute='name') | list }}",
    "xdp_filter": "{{ [xdp_filter_name | default('filter')] }}",
}
if hasattr(ansible_template, "trust_as_template"):  # before ansible-core 2.19, each text is a template
    _NAMES = {role: ansible_template.trust_as_template(names) for role, names in _NAMES.items()}
_INCLUDE_ROLE = ("include_role", "ansible.builtin.include_role", "ansible.legacy.include_role")


class Declared(t.NamedTuple):
    """The pin sets that a play declares for a host."""

    names: set[str]
    #: Why the sets of a use are not known, a phrase for each such use.
    unknown: list[str]


def declared(task: t.Any, host: str, template: t.Callable[[t.Any, dict[str, t.Any]], t.Any]) -> Declared:
    """The sets of all uses of the role in the play of ``task``, on ``host``.

    ``template(value, variables)`` gives the value of a template.
    """
    found = Declared(set(), [])
    try:
        play = task.get_play()
        manager = play.get_variable_manager()
        inventory_host = manager._inventory.get_host(host)
        for use in _uses(task, play):
            variables = manager.get_vars(play=play, host=inventory_host, task=use)
            _add(found, use, variables, template)
    except Exception as error:
        found.unknown.append(f"the play cannot be read ({_reason(error)})")
    return found


def _add(
    found: Declared, use: t.Any, variables: dict[str, t.Any], template: t.Callable[[t.Any, dict[str, t.Any]], t.Any]
) -> None:
    try:
        role = _own_role(use, template(use._role_name, variables)) if _is_include(use) else _ROLE
        if role is None:
            return
        for item in _items(use, variables, template):
            found.names.update(map(str, template(_NAMES[role], {**variables, **item})))
    except Exception as error:
        found.unknown.append(f"{use.get_path() or 'a use of the role'}: {_reason(error)}")


def _items(
    use: t.Any, variables: dict[str, t.Any], template: t.Callable[[t.Any, dict[str, t.Any]], t.Any]
) -> list[dict[str, t.Any]]:
    """The loop variable of each round; one round without any where there is no loop."""
    if not _is_include(use) or not (use.loop or use.loop_with):
        return [{}]
    if use.loop_with:
        raise ValueError(f"it is in a loop by with_{use.loop_with}")
    variable = (use.loop_control and use.loop_control.loop_var) or "item"
    return [{variable: each} for each in template(use.loop, variables)]


def _uses(task: t.Any, play: t.Any) -> list[t.Any]:
    """A task of each use: one with its variables, or the ``include_role`` itself."""
    roles = {id(role): role for role in play.roles if _is_own(role)}
    of_roles: dict[int, t.Any] = {}
    includes: dict[str, t.Any] = {}
    for each in _in_sight(task, play):
        if _is_include(each):
            includes.setdefault(each._uuid, each)
        elif id(each._role) in roles:
            # The first one: by import_role, it has the variables of the blocks around it.
            of_roles.setdefault(id(each._role), each)
    return [*of_roles.values(), *includes.values()]


def _in_sight(task: t.Any, play: t.Any) -> Iterator[t.Any]:
    for blocks in (play.pre_tasks, play.tasks, play.post_tasks, *(role.get_task_blocks() for role in play.roles)):
        yield from _tasks(blocks)
    # Around the task itself, in files that were included on the way here.
    parent = task._parent
    while parent is not None:
        yield from _tasks([parent])
        parent = parent._parent


def _tasks(blocks: t.Iterable[t.Any]) -> Iterator[t.Any]:
    """All tasks of blocks, those of blocks inside included."""
    for each in blocks:
        if hasattr(each, "block"):
            for part in (each.block, each.rescue, each.always):
                yield from _tasks(part)
        else:
            yield each


def _is_own(role: t.Any) -> bool:
    return t.cast(bool, role.get_name() == f"{_COLLECTION}.{_ROLE}")


def _is_include(task: t.Any) -> bool:
    return getattr(task, "action", None) in _INCLUDE_ROLE


def _own_role(task: t.Any, name: t.Any) -> str | None:
    """The role that declares sets, of which this is the name; ``None`` for any other one."""
    collection, _dot, short = str(name).rpartition(".")
    ours = collection == _COLLECTION if collection else _COLLECTION in (task.collections or ())
    return short if ours and short in _NAMES else None


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
