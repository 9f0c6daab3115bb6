# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Bring saved pin sets back, or say how they differ from what is in force."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._answers import refusal
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.namespaces import elsewhere
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.order import by_lending
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.bpffs import Patience
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import Interrupted, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept as kept_files
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import OnTrial, RemovedMeanwhile
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request
from ansible_collections.ebpf.xdp.plugins.module_utils._record import reuse_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import origin
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.present import ensure_present

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted

#: Seconds to wait for other runs, for all sets together: the network waits for this at boot.
_PATIENCE = 30

#: The same where nothing waits for it: hundreds of interfaces may appear at once, with a run for each.
_LONGEST_PATIENCE = 600

#: How often a set is tried while its interfaces go away.
_MOST_TRIES = 5

# How often the end of a trial is awaited: others may begin the next one.
_MOST_TRIALS = 3


class Difference(NamedTuple):
    """How a set differs from what is kept, by names such as ``links/eth0``."""

    #: Kept, but not in force.
    missing: tuple[str, ...] = ()
    #: In force, but not as it is kept.
    differs: tuple[str, ...] = ()
    #: In force, but not kept.
    superfluous: tuple[str, ...] = ()


class Restored(NamedTuple):
    """What became of one kept set."""

    name: str
    #: Whether something was changed, or would have been.
    changed: bool = False
    difference: Difference = Difference()
    #: Interfaces that are not there; the program is attached to them when they appear.
    awaited: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    #: Why the set could not be brought back, or looked at; empty when it could.
    error: str = ""
    #: Somebody removed it while this waited, so it was not brought back.
    removed: bool = False


class Options(NamedTuple):
    """What the boot program was asked to do, for all sets."""

    directory: str
    check_mode: bool
    #: Whether pinned maps that do not fit are made anew, and lose their contents.
    recreate_maps: bool = False
    #: Attach what is in force to this interface, instead of putting back what is kept.
    interface: str | None = None
    #: The same with all interfaces that are there.
    only_new: bool = False
    #: The name of the network namespace that the sets are kept for; ``None`` for the one that the host boots with.
    netns: str | None = None


def restore(names: list[str], options: Options) -> Iterator[Restored]:
    """Restore each set by itself, so that a failure of one does not affect the others.

    Yields after each set, so that what was done has been reported when a signal ends the run.
    """
    patience = Patience(_PATIENCE if options.interface is None and not options.only_new else _LONGEST_PATIENCE)
    lenders = _lenders(names, options.directory)
    order = by_lending(lenders)
    failed: set[str] = set()
    for name in order.names:
        waiting_for = [lender for lender in lenders[name] if lender in failed]
        if name in order.circles:
            circle = order.circles[name]
            found = Restored(
                name, error=f"Its maps are borrowed in a circle: {' from '.join([*circle, circle[0]])}. Break it"
            )
        elif waiting_for:
            found = Restored(name, error=f"It borrows maps from {listed(waiting_for)}, which could not be brought back")
        else:
            found = _only_new(name, options, patience) if options.only_new else _one(name, options, patience)
        if found.error:
            failed.add(name)
        yield found


def _lenders(names: list[str], directory: str) -> dict[str, list[str]]:
    """From which of these sets each of them borrows maps. What is damaged borrows nothing, and fails by itself."""
    headers = {}
    for name in names:
        with suppress(XdpError):
            headers[name] = kept_files.header(directory, name)
    roots = {name: os.path.normpath(header.pin_root) for name, header in headers.items() if header}
    found: dict[str, list[str]] = {name: [] for name in names}
    for name, header in headers.items():
        if header is None or not header.reuse_maps:
            continue
        for _map, reference in header.reuse_maps:
            with suppress(XdpError):
                path = reuse_maps.path_of(header.pin_root, name, reference)
                found[name] += [each for each, root in roots.items() if reuse_maps.lender_of(root, path) == each]
    return found


def wanted_on(directory: str, interface: str, among: list[str] | None = None) -> list[str]:
    """The sets (``among`` some) that are kept for this interface, or whose entries name it, or of which that cannot be read just now.

    Damaged files are skipped; restoring all sets reports them.
    """
    found = []
    for name in kept_files.names(directory) if among is None else among:
        try:
            kept = kept_files.header(directory, name)
        except kept_files.Unreadable:
            found.append(name)  # which says why
            continue
        except XdpError:
            continue
        if kept is not None and interface in kept.awaits():
            found.append(name)
    return found


def _only_new(name: str, options: Options, patience: Patience) -> Restored:
    """Attach what is in force to each interface that it is kept for; put back a set of which nothing is in force.

    Nobody has asked for what is kept: it may be older than what is in force.
    """
    try:
        kept = kept_files.header(options.directory, name)
        there = {interface.name for interface in netlink.interfaces()}
    except XdpError as error:
        return Restored(name, error=str(error))
    if kept is None:  # it is no longer kept by now
        return Restored(name)
    new: list[str | None] = [*sorted(kept.awaits() & there)]
    if not new and not os.path.isdir(os.path.join(kept.pin_root, name)):
        new = [None]
    found: list[Restored] = []
    for each in new:
        found.append(_one(name, options._replace(interface=each), patience))
        if found[-1].removed:  # the next one would find nothing in force, and put it back
            return found[-1]
    if len(found) == 1:
        return found[0]
    return _together([Restored(name), *found])._replace(awaited=tuple(sorted(kept.awaits() - there)))


def _one(name: str, options: Options, patience: Patience) -> Restored:
    """Put back a set, or attach what is in force; again where interfaces of it go or come meanwhile, which nobody else says."""
    done: list[Restored] = []
    for _attempt in range(_MOST_TRIES):
        there: dict[str, int] = {}
        found = _tried(name, options, patience, there)
        done = [*(each for each in done if not each.error), found]
        if found.removed or not _has_changed(there, found, options.interface):
            break
    return _together(done)


def _has_changed(there: dict[str, int], found: Restored, appeared: str | None) -> bool:
    """Whether an interface is gone for which the set has failed, or another one by now, as the one is that has appeared."""
    if found.error:
        now = _indices()
        return bool(now) and any(now.get(name) != ifindex for name, ifindex in there.items())
    if appeared is None or (appeared not in there and appeared not in found.awaited):
        return False
    # systemd does not start the unit of an interface that it is just running for.
    return _indices().get(appeared) not in (None, there.get(appeared))


def _together(found: list[Restored]) -> Restored:
    """What became of one set in several steps, the last of which knows what it still waits for."""
    return found[-1]._replace(
        changed=any(each.changed for each in found),
        difference=Difference(
            *(tuple(sorted({what for each in found for what in each.difference[i]})) for i in range(3))
        ),
        warnings=tuple(dict.fromkeys(warning for each in found for warning in each.warnings)),
        error=". ".join(dict.fromkeys(each.error for each in found if each.error)),
    )


def _indices() -> dict[str, int]:
    """Of the interfaces by name; none where they cannot be listed."""
    with suppress(XdpError):
        return {each.name: each.ifindex for each in netlink.interfaces()}
    return {}


def _tried(name: str, options: Options, patience: Patience, there: dict[str, int]) -> Restored:
    """``there`` gets the set's interfaces that there were when it began, by name, with their indices."""
    try:
        kept, contents = _read(options.directory, name)
        awaits = kept_files.awaits(kept.interfaces, kept.contents)
        # Whoever chose the set could not read this, perhaps.
        if kept.netns != options.netns:
            return Restored(name, error=elsewhere(name, kept.netns))
        if options.interface is not None and options.interface not in awaits:
            return Restored(name)
        interfaces = netlink.interfaces()
        present = {interface.name for interface in interfaces}
        there.update({each.name: each.ifindex for each in interfaces if each.name in awaits})
        awaited = tuple(interface for interface in kept.interfaces or () if interface not in present)
        request = _request(kept, present, options)._replace(patience=patience)
        if contents:
            waits = {each for one in kept.contents for each in one.interfaces if each not in present}
            awaited = (*awaited, *sorted(waits - set(awaited)))
            request = _with_contents(request, kept, contents, interfaces)
        if options.interface is not None and options.interface not in present:
            return Restored(name, awaited=awaited)
        outcome = _after_trial(lambda: ensure_present(request, options.check_mode), options.check_mode, patience)
    except Interrupted:  # a signal is for the whole run, not for this set alone
        raise
    except RemovedMeanwhile:
        return Restored(name, removed=True)
    except XdpError as error:
        return Restored(name, error=str(error))
    except OSError as error:
        return Restored(name, error=f"The system refused: {refusal(error)}")
    return Restored(name, outcome.changed, _difference(outcome), awaited, tuple(outcome.told(name)))


def _after_trial(act: Callable[[], Outcome], check_mode: bool, patience: Patience) -> Outcome:
    """Do it when no trial of the set is left: what puts something back would end the trial too early."""
    warnings: list[str] = []
    for _attempt in range(_MOST_TRIALS):
        try:
            outcome = act()
            return outcome._replace(warnings=(*warnings, *outcome.warnings))
        except OnTrial as error:
            if check_mode:
                raise
            # As in the modules: imported where there is a trial.
            from ansible_collections.ebpf.xdp.plugins.module_utils._trial import settle

            settle.wait(error.layout)
            settle.tidy(error.layout, warnings.append, patience)
    return act()


def _read(directory: str, name: str) -> tuple[SavedSet, tuple[Wanted, ...]]:
    """A set and what its maps hold. The error names the file: no set is brought back without its contents.

    Another run may keep something else meanwhile, and remove the tables that the set had.
    """
    while True:
        kept = saved.read(directory, name)
        if not kept.contents:
            return kept, ()
        from ansible_collections.ebpf.xdp.plugins.module_utils._boot import contents

        try:
            return kept, contents.wanted(directory, kept.contents)
        except XdpError:
            now = kept_files.header(directory, name)
            if now is None or now.contents == kept.contents:
                raise


def _with_contents(
    request: Request, kept: SavedSet, contents: tuple[Wanted, ...], there: list[netlink.Interface]
) -> Request:
    """The request with what maps hold, and the part of it that waits for the interface that has appeared."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents import devices

    appeared = netlink.find(request.add, there) if request.add is not None else None
    added = []
    for each, facts in zip(contents, kept.contents):
        if appeared is not None and appeared.name in facts.interfaces:
            names = {appeared.name, *appeared.altnames}
            table = devices.only(each.table, each.default_value, names.__contains__)
            # What was changed since the set was kept stays.
            added.append(each._replace(table=table, exclusive=False, existing="keep"))
    return request._replace(contents=contents, add_contents=tuple(added))


def _request(kept: SavedSet, present: set[str], options: Options) -> Request:
    interfaces = None
    if kept.interfaces is not None:
        interfaces = tuple(interface for interface in kept.interfaces if interface in present)
    return Request(
        name=kept.name,
        pin_root=kept.pin_root,
        scope="all",
        origin=origin.of_spec(kept.object),
        program=kept.program,
        interfaces=interfaces,
        mode=kept.mode,
        attach=kept.attach,
        on_map_change="recreate" if options.recreate_maps else "fail",
        reuse_maps=kept.reuse_maps,
        helpers=kept.helpers,
        add=options.interface,
        was_there=os.path.isdir(os.path.join(kept.pin_root, kept.name)),
        signer=kept.signer,
    )


def _difference(outcome: Outcome) -> Difference:
    """Taken from the changes of the plan."""
    missing, differs, superfluous = [], [], []
    for part in sorted({*outcome.before, *outcome.after}):
        before, after = outcome.before.get(part, {}), outcome.after.get(part, {})
        for name in sorted({*before, *after}):
            what = f"{part}/{name}"
            is_new_map = (
                part == "contents"
                and name not in outcome.before.get("maps", {})
                and name in outcome.after.get("maps", {})
            )
            if name not in before or is_new_map:
                missing.append(what)
            elif name not in after:
                superfluous.append(what)
            else:
                differs.append(what)
    return Difference(tuple(missing), tuple(differs), tuple(superfluous))
