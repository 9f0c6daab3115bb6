#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_test
short_description: Test what an XDP program does with packets, without attaching it
version_added: 0.1.0
description:
  - Loads a program into the kernel, runs it on packets of your choice, and compares its verdicts and the resulting packets
    with what you expect.
  - Use it in CI, or to try a program on the host and kernel that will run it.
  - The program runs on a private copy of its maps and is released at the end. Nothing is pinned or attached, and no packet
    is sent.
  - Fails if any test fails, and returns the results of all of them.
  - M(ebpf.xdp.xdp_pin) has the same option O(tests), and refuses to attach a program that fails.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.action
  - ebpf.xdp.attributes.info
  - ebpf.xdp.attributes.group
  - ebpf.xdp.contents.list
  - ebpf.xdp.origin
  - ebpf.xdp.chain
  - ebpf.xdp.origin.object
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
  - ebpf.xdp.tests
attributes:
  action:
    support: partial
    details:
      - The controller builds the packets and reads captures. O(src) is read on the controller unless O(remote_src=true). ELF
        objects are read there in any case.
requirements:
  - bcc (C(python3-bpfcc)) and the headers of the kernel's user API (C(linux-libc-dev)) on the host, to compile a C source
  - clang (C(clang)) and libbpf's headers (C(libbpf-dev)) instead of bcc, for a C source in libbpf's style
options:
  program:
    description:
      - The name of the function that is the program. Required if there are several.
    type: str
  helpers:
    description:
      - Other programs of the object that entries of O(contents) lead to, as O(ebpf.xdp.xdp_pin#module:helpers).
    type: list
    elements: str
    default: []
  name:
    description:
      - A pin set of the host whose entries are copied to the maps of the private copy. If a map of the set has the same name, type and
        sizes, up to 100,000 of its entries are copied. The set itself does not change.
      - By default, maps begin with the contents that the object declares.
    type: str
  interfaces:
    description:
      - The interfaces that the program is meant for. O(ssh_test) tests only these. Nothing is attached to them.
    type: list
    elements: str
    default: []
  benchmark_runs:
    description:
      - How many more times to run the program on each packet, to measure RV(tests[].ns), up to 100 million. By default, nothing is measured.
      - Each run gets the packet as the previous run left it.
    type: int
    default: 0
seealso:
  - module: ebpf.xdp.xdp_pin
  - module: ebpf.xdp.xdp_compile
"""

EXAMPLES = r"""
- name: Test that a filter drops UDP to port 7 and nothing else
  ebpf.xdp.xdp_test:
    src: filter.c
    defines:
      BLOCKED_PORT: 7
    tests:
      - name: Echo is dropped
        packet: {ip: {src: 198.51.100.7}, udp: {dport: 7}}
        verdict: drop
      - name: Echo in a VLAN is dropped, too
        packet: {vlan: {id: 10}, ip: {src: 198.51.100.7}, udp: {dport: 7}}
        verdict: drop
      - name: DNS passes
        packet: {ip: {}, udp: {dport: 53}, payload: query}
        verdict: pass
      - name: What once went wrong
        pcap: incident.pcap
        frame: 42
        verdict: pass

- name: Test that the 101st packet of a source is dropped
  ebpf.xdp.xdp_test:
    src: limit.c
    tests:
      - {packet: {ip: {}, udp: {dport: 53}}, count: 100, verdict: pass}
      - {packet: {ip: {}, udp: {dport: 53}}, count: 101, verdict: drop}

- name: Test with an entry that the map has already
  ebpf.xdp.xdp_test:
    src: limit.c
    contents:
      - map: seen
        entries: [{key: 198.51.100.7, value: 100}]
    tests:
      - {packet: {ip: {src: 198.51.100.7}, udp: {dport: 53}}, verdict: drop}

- name: Measure how long a packet takes
  ebpf.xdp.xdp_test:
    src: limit.c
    benchmark_runs: 1000000
    tests:
      - {packet: {arp: {}}, verdict: pass}
  register: measured
"""

RETURN = r"""
program:
  description: The name of the tested program.
  returned: success
  type: str
  sample: filter
compiler:
  description: The compiler that compiled the C source in this run, and its version.
  returned: when something was compiled
  type: str
  sample: clang 19.1.7
untested:
  description: Tests that could not be generated from the rules of O(filter), with the reason.
  returned: O(filter) is given
  type: list
  elements: str
  sample: []
tests:
  description:
    - The result of each test, in the order of O(tests), followed by the tests of O(ssh_test). Also returned if some of them failed.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The name of the test.
      type: str
      sample: DNS is dropped
    passed:
      description: Whether the program did what was expected.
      type: bool
      sample: true
    skipped:
      description: Why the test was skipped; V(null) if it was run. A test of O(tests) that cannot be run counts as failed.
      type: str
      sample: null
    expected:
      description: The expected verdict.
      type: str
      sample: drop
    verdict:
      description:
        - What the program returned for the last packet. One of V(aborted), V(drop), V(pass), V(tx) and V(redirect), or any other number
          as a string.
        - V(null) if the test was not run.
      type: str
      sample: drop
    verdicts:
      description: How many packets got which verdict.
      type: dict
      sample: {drop: 1}
    out:
      description: The last packet as the program left it, in hexadecimal digits; V(null) if it was dropped or aborted.
      type: str
      sample: null
    diff:
      description:
        - A unified diff of the headers and bytes of the expected packet and the one that came out. If no packet is expected, the one that
          came in takes its place.
        - Empty if both are equal.
      type: str
      sample: ""
    ns:
      description: The average time of a run in nanoseconds, with O(benchmark_runs); V(null) without it.
      type: int
      sample: null
"""

from contextlib import ExitStack
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import CONTENTS, take
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._module import BOOT_DIRECTORY, PIN_ROOT, XdpModule, run
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import alone, options
from ansible_collections.ebpf.xdp.plugins.module_utils._parts import add_parts
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import ARGUMENTS, TESTS, asked_for, program_of

#: A run takes from some nanoseconds up, so that this is seconds.
_MOST_RUNS = 100_000_000


def _work(module: XdpModule) -> "dict[str, Any]":
    add_parts(module.params["_parts"])
    host.require()
    enter(module.params)
    given = module.params
    if not 0 <= given["benchmark_runs"] <= _MOST_RUNS:
        raise XdpError(f"benchmark_runs: {given['benchmark_runs']} is not a number from 0 to {_MOST_RUNS}")
    result: dict[str, Any] = {}
    origin = asked_for(given, given["object"], lambda compiler: result.update(compiler=compiler))
    asked = alone.Asked(
        program_of(given),
        tuple(sorted({*given["helpers"]})),
        given["name"],
        given["pin_root"],
        tuple(given["interfaces"]),
        options.take(given["tests"]),
        tuple(take(given["contents"], str(BOOT_DIRECTORY["default"]))) if given["contents"] else (),
        given["ssh_test"],
        given["benchmark_runs"],
    )
    with ExitStack() as held:
        tested = alone.test(asked, origin.make(), held)
    for warning in tested.warnings:
        module.warn(warning)
    result.update(changed=False, program=tested.program, tests=[each.shown() for each in tested.results])
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "src": {"type": "path"},
            **ARGUMENTS,
            "object": {"type": "dict"},
            "program": {"type": "str"},
            "helpers": {"type": "list", "elements": "str", "default": []},
            "name": {"type": "str"},
            "interfaces": {"type": "list", "elements": "str", "default": []},
            "contents": CONTENTS,
            "tests": TESTS,
            "ssh_test": {"type": "bool", "default": True},
            "benchmark_runs": {"type": "int", "default": 0},
            "pin_root": PIN_ROOT,
            "netns": NETNS,
        },
        required_one_of=[("src", "object", "chain")],
        supports_check_mode=True,
    )
    unpack(module.params)
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
