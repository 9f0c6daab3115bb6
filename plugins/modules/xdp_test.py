#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_test
short_description: Test what an XDP program does with packets, without attaching it
version_added: 0.1.0
description:
  - Loads a program into the kernel, runs it on packets that you choose, and compares its verdicts and the resulting packets with
    those that you expect.
  - Use it in CI, or to try a program on the host and kernel that will run it.
  - The program runs on a private copy of its maps, and is released at the end. Nothing is pinned or attached, and no packets are sent.
  - If a test fails, the task fails, and still returns the results of all tests. Without any test, the program is only loaded, so that
    the verifier checks it, and a warning says so.
  - M(ebpf.xdp.xdp_pin) also has the option O(tests), and does not attach a program that fails a test.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
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
      - The controller builds the packets and reads capture files. O(src) is read on the controller unless O(remote_src=true). ELF objects
        are always read on the controller.
requirements:
  - bcc (C(python3-bpfcc)) and the headers of the kernel's user API (C(linux-libc-dev)) on the host, to compile a C source
  - clang (C(clang)) and libbpf's headers (C(libbpf-dev)) instead of bcc, for a C source in libbpf's style
options:
  program:
    description:
      - The name of the program, which is that of its function. Required if there are several programs.
    type: str
  helpers:
    description:
      - Other programs of the object to which entries of O(contents) refer, the same as O(ebpf.xdp.xdp_pin#module:helpers).
    type: list
    elements: str
    default: []
  name:
    description:
      - A pin set on the host. The private copy then starts with the entries of the set's maps. The set itself does not change.
      - The entries of a map are copied if the set has a map of the same name, type and sizes. If that map does not fit, it is not copied,
        and a warning says why. If it has more than 100,000 entries to copy, the task fails. For arrays, only entries that
        are not zero are copied and counted.
      - By default, maps start with the contents that the object declares.
    type: str
  interfaces:
    description:
      - The interfaces on which the program will run. O(ssh_test) tests only these, and by default none. The program is not attached to
        them.
    type: list
    elements: str
    default: []
  benchmark_runs:
    description:
      - How many additional times to run the program on the packet of each of O(tests), to measure RV(tests[].ns). At most 100 million. With
        V(0), nothing is measured.
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
      - name: Echo in a VLAN is dropped as well
        packet: {vlan: {id: 10}, ip: {src: 198.51.100.7}, udp: {dport: 7}}
        verdict: drop
      - name: DNS passes
        packet: {ip: {}, udp: {dport: 53}, payload: query}
        verdict: pass
      - name: The packet that caused an incident passes
        pcap: incident.pcap
        frame: 42
        verdict: pass

- name: Test that the 101st packet of a source is dropped
  ebpf.xdp.xdp_test:
    src: limit.c
    tests:
      - {packet: {ip: {}, udp: {dport: 53}}, count: 100, verdict: pass}
      - {packet: {ip: {}, udp: {dport: 53}}, count: 101, verdict: drop}

- name: Test with an entry that is already in the map
  ebpf.xdp.xdp_test:
    src: limit.c
    contents:
      - map: seen
        entries: [{key: 198.51.100.7, value: 100}]
    tests:
      - {packet: {ip: {src: 198.51.100.7}, udp: {dport: 53}}, verdict: drop}

- name: Measure how long the program takes for a packet
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
  description: The compiler that compiled the C source in this run, with its version.
  returned: success, when something was compiled
  type: str
  sample: clang 19.1.7
untested:
  description: The tests that could not be generated from the rules of O(filter), with the reason.
  returned: O(filter) or O(chain[].filter) is given, and the task did not fail
  type: list
  elements: str
  sample: []
tests:
  description:
    - The result of each test, in the order of O(tests), followed by the tests that are generated for O(filter), and those of O(ssh_test).
    - Empty if there was no test to run.
  returned: success, and when the task fails because tests failed
  type: list
  elements: dict
  contains:
    name:
      description: The name of the test.
      type: str
      sample: DNS is dropped
    passed:
      description:
        - Whether the program did what was expected. V(false) if the test did not run.
        - A test of O(ssh_test) also passes with the verdicts V(tx) and V(redirect).
      type: bool
      sample: true
    skipped:
      description:
        - Why the test did not run; V(null) if it ran.
        - A test of O(tests) that cannot run counts as failed. A test of O(ssh_test) that cannot run only causes a warning.
      type: str
      sample: null
    expected:
      description: The expected verdict.
      type: str
      sample: drop
    verdict:
      description:
        - The verdict for the last packet, which is V(aborted), V(drop), V(pass), V(tx) or V(redirect). Any other return value of the
          program is given as a number in a string.
        - V(null) if the test did not run.
      type: str
      sample: drop
    verdicts:
      description: The number of packets by verdict. Only verdicts that the program returned are listed.
      type: dict
      sample: {drop: 1}
    out:
      description:
        - The last packet as the program left it, in hexadecimal digits. V(null) if RV(tests[].verdict) is not V(pass), V(tx) or
          V(redirect).
      type: str
      sample: null
    diff:
      description:
        - A unified diff of the expected packet and the packet that came out, with their headers and bytes as text. At most 40 lines, and
          a line that says how many more there are. Without O(tests[].out), the packet that came in takes the place of the expected one.
        - For a test of O(ssh_test), both packets in hexadecimal digits, one on each line.
        - Empty if both are equal, or if no packet came out.
      type: str
      sample: ""
    ns:
      description:
        - The average time of one run of the program in nanoseconds. V(null) without O(benchmark_runs), for a test of O(ssh_test), and if
          the test did not run.
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
