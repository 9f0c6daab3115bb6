# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that is run at boot, when an interface appears, and by hand.

It is kept on the host as one file, made of this package's own sources, and
needs nothing but Python's standard library.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils import _startup  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import restore as restoring
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.restore import Restored
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError, out_of_memory, printable, refusal
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import host


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ebpf-xdp", description="Brings back the XDP programs that were deployed on this host."
    )
    parser.add_argument("--directory", default=saved.DIRECTORY, help="where they are kept (%(default)s)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True
    restore = commands.add_parser("restore", help="bring back what is missing")
    restore.add_argument("--interface", help="only the sets that are attached to this interface")
    restore.add_argument(
        "--recreate-maps", action="store_true", help="make pinned maps anew that do not fit, which loses their contents"
    )
    status = commands.add_parser("status", help="say what is there and what is missing, and change nothing")
    status.set_defaults(interface=None, recreate_maps=False)
    for command in (restore, status):
        command.add_argument("names", nargs="*", metavar="SET", help="only these pin sets")
    return parser.parse_args(arguments)


def _names(options: argparse.Namespace) -> list[str]:
    kept = saved.names(options.directory)
    unknown = [name for name in options.names if name not in kept]
    if unknown:
        raise XdpError(f"{listed(unknown)}: not kept in {options.directory}. {unknown_name(unknown[0], kept)}")
    if options.interface is not None:
        kept = restoring.wanted_on(options.directory, options.interface)
    return [name for name in kept if not options.names or name in options.names]


def _line(each: Restored, check_mode: bool) -> str:
    if each.error:
        return f"{each.name}: FAILED: {each.error}"
    state = "in force"
    if each.changed:
        state = f"{'missing' if check_mode else 'brought back'}: {', '.join(each.missing)}"
    return f"{each.name}: {state}" + (f"; waits for {', '.join(each.awaited)}" if each.awaited else "")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 when all is in force, 1 when something is missing or failed, 2 for a wrong call."""
    options = _arguments(sys.argv[1:] if arguments is None else arguments)
    check_mode = options.command == "status"
    try:
        host.require()
        found = restoring.restore(options.directory, _names(options), check_mode, options.recreate_maps)
    except XdpError as error:
        sys.stderr.write(f"{printable(str(error))}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"The system refused: {printable(refusal(error))}\n")
        return 1
    except MemoryError:
        sys.stderr.write(f"{out_of_memory()}\n")
        return 1
    for each in found:
        stream = sys.stderr if each.error else sys.stdout
        stream.write(printable(_line(each, check_mode)) + "\n")
    return int(any(each.error or (check_mode and each.changed) for each in found))


if __name__ == "__main__":
    raise SystemExit(main())
