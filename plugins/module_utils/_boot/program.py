# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The program that is run at boot, when an interface appears, at intervals for metrics, and by hand.

It is kept on the host as one file, made of this package's own sources, and
needs nothing but Python's standard library.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TextIO

from ansible_collections.ebpf.xdp.plugins.module_utils import _startup  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.ebpf.xdp.plugins.module_utils._answers import out_of_memory, refusal
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import namespaces, saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import restore as restoring
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.restore import Restored
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs, host
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import Interrupted, XdpError, printable
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept as kept_files
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import is_name
from ansible_collections.ebpf.xdp.plugins.module_utils._version import VERSION

#: Where Debian's prometheus-node-exporter looks.
_OUTPUT = "/var/lib/prometheus/node-exporter/ebpf_xdp.prom"


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ebpf-xdp", description="Brings back the XDP programs that were deployed on this host, and measures them."
    )
    parser.add_argument("--directory", default=saved.DIRECTORY, help="where they are kept (%(default)s)")
    said = f"ebpf-xdp {VERSION}, reads saved sets up to format {kept_files.LATEST}"
    parser.add_argument("--version", action="version", version=said)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True
    restore = commands.add_parser("restore", help="put back what is kept")
    restore.add_argument(
        "--interface",
        help="attach what is in force to this interface (name or altname), for the sets that are kept for it, and change "
        "nothing else; a set of which nothing is in force is put back",
    )
    restore.add_argument(
        "--recreate-maps", action="store_true", help="make pinned maps anew that do not fit, which loses their contents"
    )
    status = commands.add_parser(
        "status", help="say how what is in force differs from what is kept, and change nothing"
    )
    status.add_argument("--json", action="store_true", help="as one JSON document")
    status.set_defaults(interface=None, recreate_maps=False)
    restore.add_argument(
        "--all-netns",
        action="store_true",
        help=f"in each named network namespace that there is, attach what is in force to the interfaces that it is kept for, and "
        f"put back a set of which nothing is in force; wait at most {namespaces.PATIENCE} seconds for the interfaces of each",
    )
    metrics = commands.add_parser(
        "metrics", help="write what there is to measure, for the textfile collector of Prometheus' node_exporter"
    )
    metrics.add_argument("--output", default=_OUTPUT, metavar="FILE", help="- for the standard output (%(default)s)")
    metrics.add_argument(
        "--drop-share-limit",
        action="append",
        default=[],
        type=_limit,
        metavar="SET=SHARE",
        help="write that no more than this share of the set's packets is to be dropped, for an alert to go by",
    )
    metrics.add_argument("--remove", action="store_true", help="remove the file, and write nothing")
    metrics.add_argument(
        "--pin-root", default=f"{bpffs.USUAL_MOUNT_POINT}/ansible", help="where the pin sets are (%(default)s)"
    )
    restore.set_defaults(json=False)
    status.set_defaults(all_netns=False)
    for each in (restore, status):
        each.add_argument(
            "--netns",
            help="what is kept for the network namespace with this name, as ip netns has it, and nothing else",
        )
        each.add_argument("names", nargs="*", metavar="SET", help="only these pin sets")
    return parser.parse_args(arguments)


def _limit(given: str) -> tuple[str, float]:
    name, _equals, share = given.partition("=")
    try:
        limit = float(share)
    except ValueError:
        limit = -1.0
    if not is_name(name) or not 0 <= limit <= 1:
        raise argparse.ArgumentTypeError(
            f"{given} is not the name of a pin set, an equals sign, and a share from 0 to 1"
        )
    return name, limit


def _names(options: argparse.Namespace) -> list[str]:
    kept = kept_files.names(options.directory)
    unknown = [name for name in options.names if name not in kept]
    if unknown:
        raise XdpError(f"{listed(unknown)}: not kept in {options.directory}. {unknown_name(unknown[0], kept)}")
    netns_of = namespaces.kept_for(options.directory, kept)
    mine = [name for name in kept if netns_of.get(name) == options.netns]
    elsewhere = [name for name in options.names if name not in mine]
    if elsewhere:
        raise XdpError(namespaces.elsewhere(elsewhere[0], netns_of.get(elsewhere[0])))
    if options.interface is not None:
        # What is kept, and the kernel's pins, have the primary name.
        interface = netlink.find(options.interface, netlink.interfaces())
        options.interface = interface.name if interface else options.interface
        mine = restoring.wanted_on(options.directory, options.interface, mine)
    elif options.netns is None and not options.names:
        options.left = netns_of
    return [name for name in mine if not options.names or name in options.names]


#: The words of ``status`` and of ``restore`` for the three kinds of ``Difference``.
_STATES = ("missing", "differs", "superfluous")
_DONE = ("brought back", "changed", "removed")


def _line(each: Restored, check_mode: bool) -> str:
    if each.error:
        return f"{each.name}: FAILED: {each.error}"
    if each.removed:
        return f"{each.name}: removed meanwhile"
    words = _STATES if check_mode else _DONE
    said = [f"{word}: {', '.join(what)}" for word, what in zip(words, each.difference) if what]
    if not said:
        said = [words[1] if each.changed else "in force"]
    if each.awaited:
        said.append(f"waits for {', '.join(each.awaited)}")
    return f"{each.name}: {'; '.join(said)}"


def _document(directory: str, found: Sequence[Restored], left: Mapping[str, str]) -> str:
    """For other programs to read: later versions may add keys, but remove none."""
    sets = [
        {
            "name": each.name,
            "in_force": not (each.changed or each.error),
            **each.difference._asdict(),
            "awaited": each.awaited,
            "warnings": each.warnings,
            "error": each.error or None,
        }
        for each in found
    ]
    return json.dumps(
        {"directory": directory, "in_force": all(each["in_force"] for each in sets), "sets": sets, "left": left}
    )


def _tell(each: Restored, check_mode: bool) -> None:
    _write(sys.stderr if each.error else sys.stdout, _line(each, check_mode))
    for warning in each.warnings:
        _write(sys.stderr, f"{each.name}: warning: {warning}")


def _write(stream: TextIO, line: str) -> None:
    _put(stream, f"{printable(line)}\n")


def _put(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        # Flushed, so that both streams are in order where they end in one place, such as the journal.
        stream.flush()
    except BrokenPipeError:
        # Whoever read it has gone, such as head(1). What there is to do is done nevertheless.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _restore(options: argparse.Namespace, names: list[str], netns: str | None) -> list[Restored]:
    check_mode = options.command == "status"
    how = restoring.Options(
        options.directory, check_mode, options.recreate_maps, options.interface, options.all_netns, netns
    )
    found = []
    for each in restoring.restore(names, how):
        found.append(each)
        if not options.json:
            _tell(each, check_mode)
    return found


def _all_namespaces(options: argparse.Namespace) -> list[Restored]:
    if options.netns is not None or options.interface is not None or options.names:
        raise XdpError("--all-netns goes with neither --netns nor --interface nor the name of a set")
    found = []
    for netns in namespaces.appeared(options.directory):
        try:
            with namespaces.inside(netns):
                kept = namespaces.kept_for(options.directory, kept_files.names(options.directory))
                found += _restore(options, [name for name, its in kept.items() if its == netns], netns)
        except Interrupted:  # a signal is for the whole run
            raise
        except XdpError as error:  # of this namespace alone, which may have gone meanwhile
            found.append(Restored(netns, error=str(error)))
            _tell(found[-1], False)
    return found


def _bring_back(options: argparse.Namespace) -> int:
    """``restore`` and ``status``."""
    check_mode = options.command == "status"
    options.left = {}
    if options.all_netns:
        found = _all_namespaces(options)
    else:
        if options.netns is not None:
            namespaces.enter(options.netns, options.directory, wait=not check_mode and options.interface is None)
        found = _restore(options, _names(options), options.netns)
        if options.netns is None and options.interface is None and not options.names:
            found += _monitor(options, check_mode)
    for name, netns in sorted(options.left.items()) if not options.json else ():
        _write(sys.stdout, f"{name}: left alone, as it is kept for the network namespace {netns} (--netns)")
    if options.json:
        _put(sys.stdout, _document(options.directory, found, options.left) + "\n")
    return int(any(each.error or (check_mode and each.changed) for each in found))


def _monitor(options: argparse.Namespace, check_mode: bool) -> list[Restored]:
    """The monitor, if one is kept, as if it were a set."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._boot import monitor

    try:
        kept = monitor.read(options.directory)
        if kept is None:
            return []
        outcome = monitor.ensure(kept, check_mode)
        before, after = set(outcome.before), set(outcome.after)
        difference = restoring.Difference(tuple(sorted(after - before)), (), tuple(sorted(before - after)))
        found = Restored(monitor.NAME, outcome.changed, difference)
    except XdpError as error:
        found = Restored(monitor.NAME, error=str(error))
    if not options.json:
        _tell(found, check_mode)
    return [found]


def _metrics(options: argparse.Namespace) -> int:
    # Imported here, as an interface that appears waits for restore.
    from ansible_collections.ebpf.xdp.plugins.module_utils._metrics import command

    if options.remove:
        command.remove(options.output)
        return 0
    failed: list[str] = []
    limits, put = dict(options.drop_share_limit), partial(_put, sys.stdout)
    command.write(options.pin_root, options.directory, options.output, limits, failed.append, put)
    for sentence in failed:
        _write(sys.stderr, sentence)
    # The file is written, and has it as well: a timer's service that failed would say less.
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 when all is in force as it is kept, 1 when something is not or failed, 2 for a wrong call."""
    options = _arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        host.require()
        return _metrics(options) if options.command == "metrics" else _bring_back(options)
    except XdpError as error:
        _write(sys.stderr, str(error))
    except OSError as error:
        _write(sys.stderr, f"The system refused: {refusal(error)}")
    except MemoryError:
        _write(sys.stderr, out_of_memory())
    except KeyboardInterrupt:
        return 130  # as a shell says it
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
