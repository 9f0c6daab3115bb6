#!/usr/bin/python
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: xdp_pin
short_description: Load, pin, attach, upgrade and unpin XDP programs and their maps
version_added: 0.1.0
description:
  - Loads an XDP program and its maps, pins them in the BPF file system, and attaches the program to exactly the interfaces that
    you name. It also upgrades and removes them.
  - Use it for a program of your own. To drop packets by rules, use M(ebpf.xdp.xdp_filter). To keep a program through reboots as well,
    use the role P(ebpf.xdp.xdp_program#role), which calls this module and M(ebpf.xdp.xdp_boot).
  - The program and its maps form a I(pin set), the directory RV(path) with C(maps/), C(programs/), C(links/) and a record
    of what was loaded. All state is in the kernel. No process stays running on the host.
  - If everything is as declared, nothing is compiled or loaded. Changes made by hand, such as a removed pin or a
    detached interface, are corrected.
  - If the source, object or constants change, the program is upgraded. Maps that still fit are reused with their contents, so counters
    continue. The interfaces switch from the old program to the new one in one step. The program's variables (C(.data), C(.bss)) start
    from their initial values.
  - A pin set belongs to the network namespace in which its program was pinned (O(netns)). A run in another namespace fails and changes
    nothing. If that namespace no longer exists, the next run adopts what is left of the set, and warns.
  - In check mode, the program is compiled and loaded so that the verifier checks it, then released.
  - Before a program is loaded for good, or its maps get other contents (O(contents)), it is tested as O(tests) and O(ssh_test) say, in
    check mode too. If a test fails, the task fails and changes nothing. A run that changes neither runs no tests.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.action
  - ebpf.xdp.attachment
  - ebpf.xdp.contents.list
  - ebpf.xdp.origin
  - ebpf.xdp.chain
  - ebpf.xdp.origin.object
  - ebpf.xdp.attributes.group
  - ebpf.xdp.netns
  - ebpf.xdp.pin_root
  - ebpf.xdp.boot_directory
  - ebpf.xdp.tests
attributes:
  action:
    support: partial
    details:
      - O(src) is read on the controller unless O(remote_src=true). ELF objects are read there in any case.
  check_mode:
    support: full
    details:
      - The mode that O(mode=auto) selects is predicted with the knowledge of the real run, which is what the driver says of itself,
        from Linux 6.3 on, and the MTU limits of C(veth), whose peer counts, and of C(virtio_net). A refusal of the driver for
        another reason, such as too few queues, cannot be predicted.
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - bcc (C(python3-bpfcc)) and the kernel's user API headers (C(linux-libc-dev)) on the host, when there is something to compile
  - instead of bcc, clang (C(clang)) and libbpf's headers (C(libbpf-dev)), for a source in libbpf's style
  - pyroute2 0.6.5 or later (C(python3-pyroute2)) on the host, when a program is attached or detached over netlink
options:
  name:
    description:
      - The name of the pin set.
      - 1 to 64 letters, digits, underscores and hyphens.
    type: str
    required: true
  state:
    description:
      - V(present) pins what O(scope) names, as the other options say.
      - V(absent) unpins what O(scope) names. Options about the program and its attachments are ignored.
      - V(confirmed) ends the trial of a change (O(confirm_timeout)) so that the change stays. It is unchanged if the last trial was
        confirmed or if there was none, and fails if the last trial expired or was rolled back.
      - V(rolled_back) ends it so that what was there before comes back at once. It is unchanged if the last trial expired or was rolled
        back or if there was none, and fails if the last trial was confirmed.
      - V(confirmed) and V(rolled_back) take O(name), O(pin_root) and O(confirm_strict) alone. They find the network namespace of
        the trial (O(netns)) by themselves.
    type: str
    choices: [present, absent, confirmed, rolled_back]
    default: present
  scope:
    description:
      - The part of the set that O(state) applies to.
      - V(all) means maps, program and attachments. Unpinning them removes the whole set.
      - V(maps) means only the maps. Pinning them loads no program; unpinning them leaves the program running.
      - V(programs) means the program and its attachments. Pinning them uses the pinned maps of the set and pins no others;
        unpinning them detaches the program and leaves the maps and their counters readable.
    type: str
    choices: [all, maps, programs]
    default: all
  replace_foreign:
    description:
      - Whether to replace a foreign program that runs on one of the O(interfaces). By default the task fails and names it.
      - It does not apply to programs of other pin sets below O(pin_root). See O(replace_sets) for those.
      - Only a program that was attached over netlink can be replaced. Nobody but its owner can replace a C(bpf_link).
    type: bool
    default: false
  replace_sets:
    description:
      - Other pin sets below O(pin_root) whose O(interfaces) this set may take over.
      - The program behind the attachment is replaced in one step, and the interface leaves the record of the other set, which keeps
        its other interfaces. If O(mode) or O(attach) ask for another mode or method, the interface is without a program for a moment,
        as RV(links[].interrupted) says.
      - Refused while one of the two sets is on trial. With O(confirm_timeout), the interface is the other set's until the trial is confirmed;
        that is refused where mode or method would change.
      - Remove the interface from the other set's task as well. Otherwise that task fails the next time, because the interface is taken.
    type: list
    elements: str
    default: []
  on_map_change:
    description:
      - What to do if a pinned map does not fit the new program.
      - V(fail) fails, changes nothing, and says field by field what does not fit.
      - V(recreate) creates a new map. The contents of the old one are lost.
      - V(migrate) creates a new map and copies the entries of the old one into it before the interfaces switch. Afterwards it adds
        entries that appeared in the old map in between. A value that changed in between is lost, and a warning says so. This works for
        hash, LRU hash and array maps, their per-CPU kinds, and LPM tries, as long as key and value keep their sizes. A hash map may
        become an LRU hash map or the reverse. Otherwise the run fails as with V(fail).
      - With V(migrate), a run fails before it changes anything when the new map has no room for all entries. An LRU hash map drops
        the oldest instead, with a warning.
    type: str
    choices: [fail, recreate, migrate]
    default: fail
  warn_kept:
    description:
      - Whether to warn when what is kept of the set in O(boot_directory) differs from what this run leaves in force (RV(kept)),
        because the next boot brings back what is kept.
      - Set it to V(false) where M(ebpf.xdp.xdp_boot) follows, as the role P(ebpf.xdp.xdp_program#role) does.
    type: bool
    default: true
  assume_bpffs:
    description:
      - The path at which an earlier task of the play mounts a BPF file system. In check mode that task only announces it.
      - If O(pin_root) is below this path and in no BPF file system yet, check mode predicts the run with an empty one, and warns.
      - Without check mode this option has no effect.
    type: path
  confirm_timeout:
    description:
      - Put the change on I(trial) for this many seconds, 5 to 3600. By default there is no trial.
      - Unless the trial is confirmed by then, the kernel itself returns to what ran before. During the trial the interfaces run a program that
        reads the clock and calls the old program or the new one. So this works without any process, and when the controller is out of
        reach.
      - The new program takes over one second after the host has answered, so that the answer gets through.
      - The first attachment, an upgrade, other interfaces and O(state=absent) can all be on trial. If nothing that interfaces run changes,
        there is no trial.
      - Where the kernel does not let one program run both, or when mode or method of attaching change, a process on the host goes back
        instead (RV(trial.protection)).
      - Entries of maps that the old program uses as well (O(contents) without C(atomic)) change at once and are not taken back. Entries that
        the old program makes in the last moments before the new one decides are not copied to new maps.
      - While a trial is pending, other runs of M(ebpf.xdp.xdp_pin), M(ebpf.xdp.xdp_map) and M(ebpf.xdp.xdp_boot) refuse to change the set,
        and C(ebpf-xdp restore) waits.
    type: int
  confirm:
    description:
      - Whether this task confirms the trial (O(confirm_timeout)) itself, over a new connection.
      - With V(false) the task ends while the trial is pending. Later tasks can check what they like, and then end it with O(state=confirmed)
        or O(state=rolled_back); without one of them the kernel goes back.
    type: bool
    default: true
  confirm_strict:
    description:
      - Refuse to confirm a trial by a run that did not come over SSH, and so does not prove that the host can be reached.
    type: bool
    default: false
  gate:
    description:
      - Limits that the new program must keep while it is on trial. If it exceeds one, it is rolled back at once and the task fails.
      - The controller judges it over a new connection before it confirms the trial, so O(confirm_timeout) is required, and must exceed
        O(gate.seconds) by 10. In check mode, and when nothing changes that interfaces run, nothing is judged.
      - With limits the program needs counters that M(ebpf.xdp.xdp_stats) can read. Without any, the host has to be reachable still
        after O(gate.seconds), which finds programs that misbehave only later.
      - Shares are of all packets, from 0 to 1.
    type: dict
    suboptions:
      max_drop_share:
        description: The most that may be dropped (C(XDP_DROP)).
        type: float
      max_drop_increase:
        description:
          - By how much the share that is dropped may exceed that of the old program, for upgrades during an attack.
          - The packets of the old program are counted for O(gate.seconds) before the change. One that decided about fewer than
            O(gate.min_packets), or that was not there, counts as one that dropped nothing.
        type: float
      max_abort_share:
        description: The most that may be aborted (C(XDP_ABORTED)), which is what errors in a program become.
        type: float
      seconds:
        description: For how long packets are counted.
        type: float
        default: 5
      min_packets:
        description:
          - With fewer packets than that, there is nothing to judge by.
          - The program passes then, and RV(gate.enough) is V(false), unless O(gate.require_traffic=true).
        type: int
        default: 1
      require_traffic:
        description: Whether too few packets count as a failure.
        type: bool
        default: false
      map:
        description: The map with the counters. The default is that of O(ebpf.xdp.xdp_stats#module:map).
        type: str
  executable:
    description:
      - The boot program that M(ebpf.xdp.xdp_boot) installs. O(confirm_timeout) is refused when the one that is there does not wait for trials.
    type: path
    default: /usr/local/sbin/ebpf-xdp
seealso:
  - module: ebpf.xdp.xdp_boot
  - module: ebpf.xdp.xdp_pinned_info
  - module: ebpf.xdp.xdp_stats
  - module: ebpf.xdp.xdp_test
"""

EXAMPLES = r"""
- name: Count what arrives on two interfaces
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0, eth1]

- name: Replace a program that somebody attached with "ip link", in one step
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]
    replace_foreign: true

- name: Upgrade to a program whose maps have other sizes, and keep their entries
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_drop
    interfaces: [eth0]
    on_map_change: migrate

- name: Run a program on the interface of a network namespace that "ip netns" lists
  ebpf.xdp.xdp_pin:
    name: blue-edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]
    netns: blue

- name: Fill a map before the program that reads it is attached
  ebpf.xdp.xdp_pin:
    name: filter
    src: limit.c
    interfaces: [eth0]
    contents:
      - map: seen
        entries: "{{ {'198.51.100.7': 100, '198.51.100.8': 100} | dict2items }}"

- name: Pin the maps alone, for a program that another tool loads
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    scope: maps

- name: Take eth1 over from another pin set, with no moment without a program
  ebpf.xdp.xdp_pin:
    name: border
    src: xdp_stats.c
    program: xdp_stats_drop
    interfaces: [eth1]
    replace_sets: [edge]

- name: Attach a program of your own, from the role's files/, with a constant
  ebpf.xdp.xdp_pin:
    name: filter
    src: filter.c
    defines:
      BLOCKED_PORT: 7
    interfaces: [eth0]
    mode: native

- name: Attach a reviewed ELF object, with a value for its variable blocked_port
  ebpf.xdp.xdp_pin:
    name: filter
    src: filter.o
    checksum: "sha256:{{ lookup('ansible.builtin.file', 'filter.sha256') }}"
    constants:
      blocked_port: 7
    interfaces: [eth0]

- name: Compile once, on the controller
  ebpf.xdp.xdp_compile:
    src: filter.c
  register: filter
  delegate_to: localhost
  run_once: true

- name: Pin everywhere, on hosts without a compiler
  ebpf.xdp.xdp_pin:
    name: filter
    object: "{{ filter.object }}"
    interfaces: [eth0]

- name: Attach an object that a colleague has signed
  ebpf.xdp.xdp_pin:
    name: filter
    src: filter.o
    signature: filter.o.sig
    allowed_signers: allowed_signers
    interfaces: [eth0]

- name: Run a counter and then a filter, as one program
  ebpf.xdp.xdp_pin:
    name: filter
    chain:
      - {name: counter, src: xdp_stats.c, program: xdp_stats_pass}
      - {name: filter, src: filter.o, constants: {blocked_port: 7}}
    interfaces: [eth0]

- name: Count into a map that another tool has pinned
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]
    reuse_maps:
      xdp_counters: /sys/fs/bpf/eth0/xdp_counters

- name: Pin a second program of the object, for a program array that another tool fills
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    helpers: [xdp_stats_drop]
    interfaces: [eth0]

- name: Upgrade on trial, and roll back after 30 seconds unless new connections get in and the gate is passed
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]
    confirm_timeout: 30
    gate:
      max_drop_share: 0.05
      max_abort_share: 0

- name: Upgrade on trial, and let later tasks decide
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    interfaces: [eth0]
    confirm_timeout: 120
    confirm: false

- name: Confirm the trial
  ebpf.xdp.xdp_pin:
    name: edge
    state: confirmed

- name: Attach a program only if it passes tests with packets
  ebpf.xdp.xdp_pin:
    name: filter
    src: filter.c
    defines:
      BLOCKED_PORT: 7
    interfaces: [eth0]
    tests:
      - name: SSH from the office passes
        packet: {ip: {src: 198.51.100.7, dst: 192.0.2.1}, tcp: {dport: 22}}
        verdict: pass
      - name: Echo is dropped
        packet: {ip: {}, udp: {dport: 7}}
        verdict: drop

- name: Detach and remove the program, but keep the counters readable
  ebpf.xdp.xdp_pin:
    name: edge
    state: absent
    scope: programs

- name: Detach and remove everything
  ebpf.xdp.xdp_pin:
    name: edge
    state: absent
"""

RETURN = r"""
name:
  description: The name of the pin set.
  returned: success
  type: str
  sample: edge
path:
  description: The directory of the pin set.
  returned: success
  type: str
  sample: /sys/fs/bpf/ansible/edge
foreign_pins:
  description:
    - What is in the directory of the pin set but, by the set's record, was not put there by this module. It is left alone.
    - When the record is missing or damaged, the set's own pins are those of programs that interfaces run, with their links and maps.
  returned: success
  type: list
  elements: str
  sample: []
compiler:
  description: The compiler that made the object of a C source in this run, and its version.
  returned: when something was compiled
  type: str
  sample: clang 19.1.7
kept:
  description:
    - How what the run leaves in force compares with what M(ebpf.xdp.xdp_boot) keeps of the set in O(boot_directory).
    - V(same) when a boot brings back just that, V(different) when it brings back something else or fails to, and V(absent)
      when nothing is kept of this set.
  returned: success
  type: str
  sample: same
trial:
  description:
    - The trial of this change; V(null) without O(confirm_timeout).
    - With O(state=confirmed) and O(state=rolled_back), the trial that was ended, or what became of the last one; V(null) when there was none.
  returned: success
  type: dict
  contains:
    state:
      description:
        - V(pending) when the trial has begun, V(predicted) in check mode, and V(unneeded) when nothing changes that interfaces run.
        - V(confirmed), V(rolled_back) or V(expired) when it has ended.
        - V(unknown) in a failed task that could not find out how it ended.
      type: str
      sample: pending
    id:
      description: What tells this trial from others.
      returned: for a trial of this run, or one that it ended
      type: str
      sample: db7a1e8d757c6eed
    object_digest:
      description: Digest of the object that was on trial.
      returned: for a trial that ended before this run
      type: str
      sample: 52b5ae13edd7ccaff8180d84b16571b48c6a371c7415db8d334715ac7ae21efb
    timeout:
      description: Seconds that it takes at most.
      returned: for a trial of this run, or one that it ended
      type: int
      sample: 30
    begins_in:
      description: Seconds from the answer until the new program decides.
      returned: RV(trial.state) is V(pending)
      type: float
      sample: 1.0
    interfaces:
      description: The interfaces whose program changes.
      returned: for a trial of this run, or one that it ended
      type: list
      elements: str
      sample: [eth0]
    protection:
      description: Who goes back when it is not confirmed, V(kernel) or V(process).
      returned: for a trial of this run, or one that it ended
      type: str
      sample: kernel
    why:
      description: Why it is a process; V(null) when it is the kernel.
      returned: for a trial of this run, or one that it ended
      type: str
      sample: null
    confirmed_by:
      description: V(connection) for a run over an SSH connection that began after the new program did, and V(unverified) for any other.
      returned: RV(trial.state) is V(confirmed), by this run
      type: str
      sample: connection
    session:
      description: The process of sshd by which this run came, C(pid), and how many seconds after the program it began, C(began_after).
      returned: RV(trial.state) is V(confirmed), by this run
      type: dict
      sample: {pid: 8516, began_after: 0.42}
    answered_after:
      description:
        - How many seconds after the new program began to decide the host answered over a new connection; if it did not answer again at once, until
          it did for good. V(null) when it did not.
      returned: for a trial of this run
      type: float
      sample: 0.6
    seconds:
      description: How long the new program had decided when it was confirmed.
      returned: RV(trial.state) is V(confirmed), by this run
      type: float
      sample: 1.7
gate:
  description: What the gate found; V(null) when nothing was on trial, and when the host could not be reached to judge it.
  returned: O(confirm_timeout) is given, outside check mode
  type: dict
  contains:
    passed:
      description: Whether the program holds to O(gate).
      type: bool
      sample: true
    enough:
      description: Whether there were enough packets to judge by.
      type: bool
      sample: true
    packets:
      description: How many packets were counted.
      type: int
      sample: 51234
    seconds:
      description: In how many seconds.
      type: float
      sample: 5.001
    drop_share:
      description: The share that was dropped; V(null) without packets.
      type: float
      sample: 0.012
    abort_share:
      description: The share that was aborted; V(null) without packets.
      type: float
      sample: 0.0
    drop_increase:
      description: How much more that is than with the program before; V(null) without O(gate.max_drop_increase).
      type: float
      sample: 0.001
    failures:
      description: Why it did not pass.
      type: list
      elements: str
      sample: []
contents:
  description: What became of the declared contents, in the order of O(contents); what would become of them in check mode.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    map:
      description: The map's name.
      type: str
      sample: blocked
    counts:
      description:
        - Declared entries that were C(added), C(updated), or C(unchanged), and entries that were C(removed).
      type: dict
      sample: {added: 10, updated: 0, removed: 10, unchanged: 99990}
    awaited:
      description: Interfaces that entries of a devmap name and that are not there. Their entries are written when the task runs again.
      type: list
      elements: str
      sample: []
    copied_values:
      description:
        - Whether a new map takes the place of the old one and gets values of it. What the program changes in them before it
          uses the new map is lost.
      type: bool
      sample: false
  sample: []
tests:
  description:
    - What became of each test, in the order of O(tests), then those of O(ssh_test). Also returned when some of them failed.
    - Empty when no program was loaded.
  returned: O(state=present)
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
      description: Why the test was not run; V(null) when it was. A test of O(tests) that cannot be run counts as failed.
      type: str
      sample: null
    expected:
      description: The expected verdict.
      type: str
      sample: drop
    verdict:
      description:
        - What the program returned for the last packet, V(aborted), V(drop), V(pass), V(tx), V(redirect), or any other number as a text.
        - V(null) when the test was not run.
      type: str
      sample: drop
    verdicts:
      description: How many packets got which verdict.
      type: dict
      sample: {drop: 1}
    out:
      description: The last packet as the program left it, in hexadecimal digits; V(null) when it was dropped or aborted.
      type: str
      sample: null
    diff:
      description:
        - The packet that came out and the expected one, or where none is expected, the one that came in, in hexadecimal digits.
          Empty when they are equal. M(ebpf.xdp.xdp_test) shows headers and a unified diff.
      type: str
      sample: ""
    ns:
      description: Always V(null) here. Use M(ebpf.xdp.xdp_test) to measure run times.
      type: int
      sample: null
untested:
  description: Tests that could not be generated from the rules of O(filter), and why.
  returned: O(filter) is given and the task did not fail
  type: list
  elements: str
  sample: []
signer:
  description:
    - Who signed the object or the source, as the controller has verified it.
    - V(null) without O(signature).
  returned: O(state=present)
  type: dict
  contains:
    name:
      description: The principal, O(signer) or the one that was found in O(allowed_signers).
      type: str
      sample: release@example.org
    key:
      description: The fingerprint of the key.
      type: str
      sample: SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k
loaded:
  description: Whether this run has loaded a program, or would in check mode; V(false) where the kernel had what was asked for.
  returned: O(state=present)
  type: bool
  sample: true
programs:
  description:
    - The programs of the set, as they are after the run. The one that is attached comes first, then its helpers, namely those
      that its program arrays name, and those for the packets that a devmap or cpumap redirects.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The function's name.
      type: str
      sample: xdp_stats_pass
    id:
      description: The kernel's id of the program; V(null) in check mode for one that would be loaded.
      type: int
      sample: 42
    tag:
      description: The kernel's digest of the instructions.
      type: str
      sample: 7524a119f44a4890
    path:
      description: Where it is pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/programs/xdp_stats_pass
    attached:
      description: Whether it is the program that interfaces run; V(false) for helpers.
      type: bool
      sample: true
    bound_ifindex:
      description:
        - Index of the only interface that it can run on, because it reads packet metadata from the network card; 0 for any other.
        - There is one such program for each of O(interfaces).
      type: int
      sample: 0
maps:
  description: The maps of the program, as they are after the run.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The map's name.
      type: str
      sample: xdp_counters
    id:
      description: The kernel's id of the map; V(null) in check mode for one that would be made.
      type: int
      sample: 17
    type:
      description: The map's type, by bpftool's name.
      type: str
      sample: percpu_array
    key_size:
      description: Size of a key in bytes.
      type: int
      sample: 4
    value_size:
      description: Size of a value in bytes.
      type: int
      sample: 16
    max_entries:
      description: How many entries there can be.
      type: int
      sample: 5
    path:
      description: Where it is pinned; V(null) when it is not.
      type: str
      sample: /sys/fs/bpf/ansible/edge/maps/xdp_counters
    reused:
      description: Whether the map was there before this run, with its contents.
      type: bool
      sample: true
    borrowed_from:
      description: Where the map of another set is pinned that O(reuse_maps) names; V(null) for a map of the set's own.
      type: str
      sample: null
    recreated:
      description:
        - Whether it took the place of a pinned map that did not fit, or of the variables of the program before, whose contents
          are lost.
      type: bool
      sample: false
    migrated:
      description:
        - How many entries the map got from the pinned one that did not fit, with O(on_map_change=migrate); V(null) for any other map.
        - Check mode predicts RV(maps[].migrated.copied) from what is in the old map then.
      type: dict
      sample: null
      contains:
        copied:
          description: Entries of the old map that the new one had before the interfaces switched, copied or written as declared.
          type: int
          sample: 1500
        added:
          description: Entries that appeared in the old map in between, and were added after the switch. Always 0 for arrays.
          type: int
          sample: 2
        missed:
          description: Entries of the old map that the new one does not have, because it was full. Arrays and hash maps with room have 0.
          type: int
          sample: 0
links:
  description:
    - Where the program is attached after the run.
    - An interface that has moved to another network namespace since is left as it is, and listed last, without its name and mode.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    interface:
      description: The interface, by its primary name; V(null) for one that has moved to another network namespace.
      type: str
      sample: eth0
    ifindex:
      description: Its index, in the network namespace that it is in.
      type: int
      sample: 2
    mode:
      description: V(native), V(generic) or V(offload); V(null) in another network namespace.
      type: str
      sample: native
    why:
      description:
        - Why O(mode=auto) selected generic mode. If the driver refused native mode, this is its answer and what that means.
        - V(null) in native mode, and for a mode that was asked for.
      type: str
      sample: null
    method:
      description: V(link) or V(netlink).
      type: str
      sample: link
    path:
      description: Where the link is pinned; V(null) for netlink.
      type: str
      sample: /sys/fs/bpf/ansible/edge/links/eth0
    interrupted:
      description:
        - Whether the interface was without a program for a moment in this run, because the kernel cannot change the mode
          or the method in one step.
      type: bool
      sample: false
"""

import os
from typing import TYPE_CHECKING, Any, Callable, Optional

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import CONTENTS, take
from ansible_collections.ebpf.xdp.plugins.module_utils._end_trial import end_trial
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._gate import GATE
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpffs, host
from ansible_collections.ebpf.xdp.plugins.module_utils._module import (
    BOOT_DIRECTORY,
    PIN_ROOT,
    XdpModule,
    run,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter, enter_to_remove
from ansible_collections.ebpf.xdp.plugins.module_utils._parts import add_parts, load_part
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.in_force import shown, signer_of
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import Layout, kept_path
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request, Tested
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import ARGUMENTS, TESTS, asked_for, program_of

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.options import PacketTest

# Seconds that a trial may take.
_SHORTEST_TRIAL = 5
_LONGEST_TRIAL = 3600


# Imported here, not at the top: each run needs only one of the two, and every import costs start-up time.
def _absent(module: XdpModule, request: Request) -> Outcome:
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.absent import ensure_absent

    return ensure_absent(request, module.check_mode)


def _present(module: XdpModule, request: Request, result: "dict[str, Any]") -> Outcome:
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.present import ensure_present

    if request.scope == "maps" and request.interfaces is not None:
        raise XdpError("scope: maps attaches nothing. Leave interfaces out, or use scope: all or scope: programs")
    if request.scope == "maps" and request.reuse_maps:
        raise XdpError("scope: maps loads no program that could use maps of others. Leave reuse_maps out")
    if request.scope == "maps" and request.helpers:
        raise XdpError("scope: maps loads no programs. Leave helpers out, or use scope: all or scope: programs")
    if request.scope == "maps" and module.params["tests"]:
        raise XdpError("scope: maps loads no program that could be tested. Leave tests out")
    if request.replace_sets and request.interfaces is None:
        raise XdpError(
            "replace_sets is about interfaces, and none are given. Give those that this set is to have, or leave it out"
        )
    if request.mode == "offload" and not request.interfaces:
        raise XdpError("mode: offload loads the program into one network card. Give exactly one interface")
    options = module.params
    rules = options["_vlan_rules"] if request.scope != "maps" else None
    if rules:
        from ansible_collections.ebpf.xdp.plugins.module_utils._preflight import vlan_rules

        for warning in vlan_rules.check(rules, request):
            module.warn(warning)
    origin = asked_for(options, options["object"], lambda compiler: result.update(compiler=compiler))
    outcome = ensure_present(request._replace(origin=origin, packet_tests=_packet_tests(options)), module.check_mode)
    if rules:
        for warning in vlan_rules.fell_back(rules, outcome.links):
            module.warn(warning)
    return outcome


def _packet_tests(options: "dict[str, Any]") -> Optional[Callable[..., Tested]]:
    tests: tuple[PacketTest, ...] = ()
    if options["tests"]:
        # Before anything is compiled: whether the tests make sense.
        from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.options import take as taken

        tests = taken(options["tests"])
    if not tests and not options["ssh_test"]:
        return None

    def test(*run: Any) -> Tested:
        from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import before_pinning

        return before_pinning.test(tests, options["ssh_test"], options["_tests_together"], *run)

    return test


def _references(given: "dict[str, Any]") -> "tuple[tuple[str, str], ...]":
    if not given:
        return ()
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import references

    return references.references(given)


def _request(options: "dict[str, Any]") -> Request:
    return Request(
        name=options["name"],
        pin_root=options["pin_root"],
        scope=options["scope"],
        program=program_of(options),
        interfaces=None if options["interfaces"] is None else tuple(options["interfaces"]),
        mode=options["mode"],
        attach=options["attach"],
        replace_foreign=options["replace_foreign"],
        replace_sets=tuple(options["replace_sets"]),
        on_map_change=options["on_map_change"],
        signer=signer_of(options["_signer"]),
        reuse_maps=_references(options["reuse_maps"]),
        helpers=tuple(sorted({*options["helpers"]})),
    )


def _assumes_bpffs(module: XdpModule) -> bool:
    """Whether check mode goes on without a BPF file system, because an earlier task announced one."""
    point = module.params["assume_bpffs"]
    if not module.check_mode or point is None or not bpffs.awaited(module.params["pin_root"], point):
        return False
    module.warn(f"No BPF file system is mounted at {point} yet. Check mode assumed an empty one there")
    return True


def _kept(module: XdpModule, request: Request, outcome: Outcome) -> str:
    """How what is in force compares with what is kept for the next boot; warns where they differ."""
    directory, name = module.params["boot_directory"], module.params["name"]
    file = kept_path(directory, name)
    if not os.path.lexists(file):
        return "absent"
    # Imported only where something is kept.
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import kept

    compared = kept.compare(directory, module.params["pin_root"], name, outcome.in_force)
    if compared.state == "different" and module.params["warn_kept"]:
        from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import kept_warning

        removed = module.params["state"] == "absent"
        module.warn(kept_warning.warning(compared, name, file, removed))
    differing: list[str] = []
    if compared.state == "same" and request.contents:
        from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import kept_declared

        differing = kept_declared.differing(directory, compared.contents, request.contents, outcome.types)
    for differing_map in differing if module.params["warn_kept"] else ():
        module.warn(
            f"The next boot brings other contents of the map {differing_map} than this task declares. Keep them with xdp_boot, or "
            f"change them with xdp_map, which keeps what it declares"
        )
    return "different" if differing else compared.state


def _warn_of_kept(module: XdpModule, outcome: Outcome) -> None:
    """Name the sets that would claim an interface at boot that this run has taken from them."""
    directory = module.params["boot_directory"]
    for name, interfaces in outcome.taken.items() if module.params["warn_kept"] else ():
        file = kept_path(directory, name)
        if not os.path.lexists(file):
            continue
        from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import kept

        header = kept.header(directory, name)
        claimed = sorted({*interfaces} & {*(header.interfaces or ())}) if header else []
        if header and claimed and header.is_for(module.params["pin_root"]):
            module.warn(
                f"The pin set {name} is kept in {file} with {', '.join(claimed)}, which the pin set {module.params['name']} has "
                f"taken over. Keep {name} again with ebpf.xdp.xdp_boot and without it, or set warn_kept: false"
            )


def _arming(module: XdpModule) -> Any:
    """What puts the change on trial; ``None`` where it stays at once."""
    timeout = module.params["confirm_timeout"]
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not _SHORTEST_TRIAL <= timeout <= _LONGEST_TRIAL:
        raise XdpError(
            f"confirm_timeout: {timeout} is not possible. Give the seconds after which the old program comes back unless the "
            f"change is confirmed: {_SHORTEST_TRIAL} to {_LONGEST_TRIAL}"
        )
    from ansible_collections.ebpf.xdp.plugins.module_utils._arming import Arming
    from ansible_collections.ebpf.xdp.plugins.module_utils._boot import installed

    executable = module.params["executable"]
    if not installed.knows_trials(executable):
        raise XdpError(
            f"confirm_timeout is not possible with {executable}, which does not wait for the end of a trial when it restores pin "
            f"sets: a version of ebpf.xdp without trials has installed it. Run xdp_boot for a set that is kept, which installs "
            f"the present one"
        )
    return Arming(timeout)


def _decide(module: XdpModule, request: Request, path: str) -> "dict[str, Any]":
    """``state: confirmed`` and ``state: rolled_back``."""
    decide = load_part("_trial.decide")
    layout = Layout(request.pin_root, request.name)
    if module.params["state"] == "confirmed":
        over = load_part("_trial.session").Over(module.params["_over_ssh"], module.params["confirm_strict"])
        decided = decide.confirm(layout, over, module.check_mode, module.warn, module.params["_trial"])
    else:
        decided = decide.roll_back(layout, module.check_mode, module.warn, module.params["_trial"])
    return {"changed": decided.changed, "name": request.name, "path": path, "trial": decided.trial}


def _work(module: XdpModule) -> "dict[str, Any]":
    add_parts(module.params["_parts"])
    host.require()
    missing = None
    if module.params["state"] == "absent":
        missing = enter_to_remove(module.params)
    else:
        enter(module.params)
    request = _request(module.params)._replace(assumed_bpffs=_assumes_bpffs(module), missing_netns=missing)
    path = Layout(request.pin_root, request.name).path
    present = module.params["state"] == "present"
    result: dict[str, Any] = {}
    if module.params["state"] in ("confirmed", "rolled_back"):
        return _decide(module, request, path)
    arming = _arming(module)
    if arming is not None:
        request = request._replace(on_trial=arming)
    if present and module.params["contents"]:
        request = request._replace(contents=tuple(take(module.params["contents"], module.params["boot_directory"])))
    for each in (request.name, *request.replace_sets):
        end_trial(module, Layout(request.pin_root, each).path)
    outcome = _present(module, request, result) if present else _absent(module, request)
    for warning in outcome.told(request.name):
        module.warn(warning)
    _warn_of_kept(module, outcome)
    result.update(
        changed=outcome.changed,
        name=request.name,
        path=path,
        foreign_pins=outcome.foreign_pins,
        kept=_kept(module, request, outcome),
        trial=arming.armed(module.check_mode) if arming is not None else None,
    )
    if present:
        result.update(
            loaded=outcome.loaded,
            programs=outcome.programs,
            maps=outcome.maps,
            links=outcome.links,
            contents=list(outcome.contents),
            tests=list(outcome.tests),
            signer=shown(request.signer),
        )
    if module._diff:
        result["diff"] = {"before": outcome.before, "after": outcome.after}
    return result


def main() -> None:
    module = XdpModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {
                "type": "str",
                "choices": ["present", "absent", "confirmed", "rolled_back"],
                "default": "present",
            },
            "scope": {"type": "str", "choices": ["all", "maps", "programs"], "default": "all"},
            "src": {"type": "path"},
            **ARGUMENTS,
            "object": {"type": "dict"},
            "program": {"type": "str"},
            "interfaces": {"type": "list", "elements": "str"},
            "mode": {"type": "str", "choices": ["auto", "native", "generic", "offload"], "default": "auto"},
            "attach": {"type": "str", "choices": ["auto", "link", "netlink"], "default": "auto"},
            "replace_foreign": {"type": "bool", "default": False},
            "replace_sets": {"type": "list", "elements": "str", "default": []},
            "reuse_maps": {"type": "dict", "default": {}},
            "helpers": {"type": "list", "elements": "str", "default": []},
            "contents": CONTENTS,
            "on_map_change": {"type": "str", "choices": ["fail", "recreate", "migrate"], "default": "fail"},
            "confirm_timeout": {"type": "int"},
            "confirm": {"type": "bool", "default": True},
            "executable": {"type": "path", "default": "/usr/local/sbin/ebpf-xdp"},
            "confirm_strict": {"type": "bool", "default": False},
            "gate": GATE,
            "pin_root": PIN_ROOT,
            "netns": NETNS,
            "assume_bpffs": {"type": "path"},
            "boot_directory": BOOT_DIRECTORY,
            "warn_kept": {"type": "bool", "default": True},
            "tests": TESTS,
            "ssh_test": {"type": "bool", "default": True},
        },
        required_if=[("state", "present", ["src", "object", "chain"], True)],  # a filter has become an object
        supports_check_mode=True,
    )
    unpack(module.params)
    run(module, lambda: _work(module))


if __name__ == "__main__":
    main()
