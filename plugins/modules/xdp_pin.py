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
  - Use it for a program of your own. To drop packets by rules, use M(ebpf.xdp.xdp_filter). To keep a program across reboots as well, use
    the role P(ebpf.xdp.xdp_program#role), which calls this module and M(ebpf.xdp.xdp_boot).
  - The program and its maps form a I(pin set), the directory RV(path) with C(maps/), C(programs/), C(links/) and a record
    of what was loaded. All state is in the kernel. No process stays running on the host.
  - If everything is as declared, nothing is compiled or loaded. Changes made by hand, such as a removed pin or a
    detached interface, are corrected.
  - If the source, object or constants change, the program is upgraded. Maps that still fit are reused with their contents, so counters
    continue. The interfaces switch from the old program to the new one in one step. The program's variables (C(.data), C(.bss)) start
    from their initial values.
  - A pin set belongs to the network namespace in which its program was pinned (O(netns)). A run in another namespace fails and changes
    nothing. If the set's namespace no longer exists, the next run adopts what is left of the set, and warns.
  - In check mode, the program is compiled and loaded so that the verifier checks it, then released.
  - Before a new program is pinned, or the contents of its maps (O(contents)) change, the program is tested as O(tests) and O(ssh_test)
    declare. This happens in check mode too. If a test fails, the task fails and changes nothing. If neither the program nor the contents
    change, no tests run.
author:
  - The ebpf.xdp contributors (@ebpf-xdp)
extends_documentation_fragment:
  - ebpf.xdp.attributes
  - ebpf.xdp.attributes.kernel
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
      - O(src) is read on the controller unless O(remote_src=true). ELF objects are always read on the controller.
  check_mode:
    support: full
    details:
      - Check mode predicts the mode that O(mode=auto) selects, from the same facts as the real run. These are what drivers report, from
        Linux 6.3 on, and the MTU limits of C(veth) (which compares the MTU of its peer) and C(virtio_net). It cannot predict that a driver
        will refuse for another reason, such as too few queues.
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - bcc (C(python3-bpfcc)) and the headers of the kernel's user API (C(linux-libc-dev)) on the host, to compile a C source
  - clang (C(clang)) and libbpf's headers (C(libbpf-dev)) instead of bcc, for a C source in libbpf's style
  - pyroute2 0.6.5 or later (C(python3-pyroute2)) on the host, to attach or detach a program over netlink
options:
  name:
    description:
      - The name of the pin set.
      - 1 to 64 letters, digits, underscores and hyphens.
    type: str
    required: true
  state:
    description:
      - V(present) pins what O(scope) names, as the other options declare it.
      - V(absent) unpins what O(scope) names. Options about the program and its attachments are ignored.
      - V(confirmed) ends the trial of a change (O(confirm_timeout)) and keeps the change. Nothing changes if the last trial was
        confirmed, or if there was none. The task fails if the last trial expired or was rolled back.
      - V(rolled_back) ends the trial, and brings back the previous state at once. Nothing changes if the last trial expired or was rolled
        back, or if there was none. The task fails if the last trial was confirmed.
      - V(confirmed) and V(rolled_back) use only O(name), O(pin_root) and O(confirm_strict). They find the network namespace of the trial
        (O(netns)) themselves.
    type: str
    choices: [present, absent, confirmed, rolled_back]
    default: present
  scope:
    description:
      - The part of the set that O(state) applies to.
      - V(all) means maps, program and attachments. Unpinning them removes the whole set.
      - V(maps) means only the maps. Pinning them loads no program; unpinning them leaves the program running. O(interfaces),
        O(reuse_maps), O(helpers) and O(tests) are not possible then.
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
      - Other pin sets below O(pin_root) whose O(interfaces) this set may take over. This needs O(interfaces).
      - The program of the interface is replaced in one step. The interface is removed from the record of the other set, which keeps its
        other interfaces.
      - If O(mode) or O(attach) asks for another mode or method, the interface is without a program for a moment (RV(links[].interrupted)).
      - This fails while one of the two sets is on trial. With O(confirm_timeout), the interface belongs to the other set until the trial
        is confirmed, and the task fails if the mode or method would change.
      - Remove the interface from the other set's task as well. Otherwise that task fails the next time, because the interface is taken.
    type: list
    elements: str
    default: []
  on_map_change:
    description:
      - What to do if a pinned map does not fit the new program.
      - V(fail) fails, changes nothing, and lists each field that does not fit.
      - V(recreate) creates a new map. The contents of the old one are lost.
      - V(migrate) creates a new map and copies the entries of the old one into it before the interfaces switch. After the switch, it adds
        the entries that appeared in the old map in the meantime. A value that changed in the meantime is lost, and a warning says so. This
        works for hash, LRU hash and array maps, their per-CPU variants, and LPM tries, as long as key and value keep their sizes. A hash
        map may become an LRU hash map or the reverse. Otherwise the run fails as with V(fail).
      - With V(migrate), a run fails before it changes anything if the new map has no room for all entries. An LRU hash map drops the oldest
        entries instead, with a warning.
      - The maps of a filter (O(filter)) are always created anew when they do not fit, because the rules declare their entries. Limits then
        start again.
    type: str
    choices: [fail, recreate, migrate]
    default: fail
  warn_kept:
    description:
      - Whether to warn if the set that is kept in O(boot_directory) differs from what this run leaves in force (RV(kept)), because the
        next boot brings back the kept one.
      - Set it to V(false) if M(ebpf.xdp.xdp_boot) follows, as in the role P(ebpf.xdp.xdp_program#role).
    type: bool
    default: true
  assume_bpffs:
    description:
      - The path at which an earlier task of the play mounts a BPF file system. In check mode, that task only announces the mount.
      - If O(pin_root) is below this path, and not in a BPF file system yet, check mode predicts the run with an empty one, and warns.
      - This option has no effect outside check mode.
    type: path
  confirm_timeout:
    description:
      - Put the change on I(trial) for this many seconds, 5 to 3600. By default, and with V(0), there is no trial.
      - Unless the trial is confirmed by then, the kernel itself returns to what ran before. During the trial, the interfaces run a program
        that reads the clock and calls either the old program or the new one. So this needs no process, and works even if the controller
        cannot reach the host.
      - The new program takes over one second after the change has been prepared, so that the answer of the host reaches the controller
        first. If a process protects the trial (RV(trial.protection)), it takes over at once.
      - A first attachment, an upgrade, a change of interfaces and O(state=absent) can all be on trial. If a change does not affect what
        interfaces run, there is no trial.
      - An upgrade cannot be on trial if entries of maps that stay lead to programs of the set (O(helpers)) or to inner maps that it replaces.
        The task then fails and changes nothing. A task with C(async) cannot put a change on trial either.
      - If the kernel does not let one program call both, or if the mode or the method changes, a process on the host brings back the old
        program instead (RV(trial.protection)).
      - Entries of maps that the old program uses as well (O(contents) without C(atomic)) change at once, and are not rolled back. Entries
        that the old program adds in the last moments before the new one takes over are not copied to new maps.
      - While a trial is pending, other runs of M(ebpf.xdp.xdp_pin), M(ebpf.xdp.xdp_map) and M(ebpf.xdp.xdp_boot) refuse to change the set,
        and C(ebpf-xdp restore) waits.
    type: int
  confirm:
    description:
      - Whether this task confirms the trial (O(confirm_timeout)) itself, over a new connection.
      - With V(false), the task ends while the trial is pending. Later tasks can run any checks, and then end the trial with
        O(state=confirmed) or O(state=rolled_back). If neither happens, the trial expires.
    type: bool
    default: true
  confirm_strict:
    description:
      - Whether only a run over SSH can confirm the trial. No other run proves that the host can be reached.
      - A trial does not remember it. With O(confirm=false), set it again with O(state=confirmed).
    type: bool
    default: false
  gate:
    description:
      - Limits for the new program while it is on trial. If it exceeds one, it is rolled back at once, and the task fails.
      - The controller judges the program over a new connection before it confirms the trial. So O(confirm_timeout) is required, and must exceed
        O(gate.seconds) by at least 10 seconds. O(confirm=false) is not possible. Nothing is judged in check mode, or if the change does not
        affect what interfaces run.
      - With limits, the program needs counters that M(ebpf.xdp.xdp_stats) can read. Without limits, the host must still be reachable after
        O(gate.seconds), which detects programs that misbehave only after a while.
      - With O(state=absent), no limits and no O(gate.require_traffic) are possible, because no program is left that counts packets.
      - A share is a fraction of all packets, from 0 to 1.
    type: dict
    suboptions:
      max_drop_share:
        description: The largest share of packets that the program may drop (C(XDP_DROP)).
        type: float
      max_drop_increase:
        description:
          - By how much the dropped share may exceed that of the old program. Use it for upgrades during an attack.
          - The packets of the old program are counted for O(gate.seconds) before the change. If there is no old program, or if it processed
            fewer than O(gate.min_packets), its dropped share counts as 0.
        type: float
      max_abort_share:
        description:
          - The largest share of packets that the program may abort (C(XDP_ABORTED)), which is the verdict after an error in the program.
        type: float
      seconds:
        description: How long packets are counted, in seconds. More than 0.
        type: float
        default: 5
      min_packets:
        description:
          - The smallest number of packets that the gate judges by, at least 1.
          - With fewer packets, the program passes, and RV(gate.enough) is V(false), unless O(gate.require_traffic=true).
        type: int
        default: 1
      require_traffic:
        description: Whether the program fails the gate if there are fewer packets than O(gate.min_packets).
        type: bool
        default: false
      map:
        description: The map with the counters. The default is the same as for O(ebpf.xdp.xdp_stats#module:map).
        type: str
  executable:
    description:
      - The path of the boot program that M(ebpf.xdp.xdp_boot) installs. If the installed one does not wait for trials, O(confirm_timeout)
        is refused.
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

- name: Upgrade to a program whose map has another size, and keep its entries
  ebpf.xdp.xdp_pin:
    name: edge
    src: xdp_stats.c
    program: xdp_stats_pass
    defines: {XDP_STATS_INTERFACES: 128}
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
    program: xdp_stats_pass
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
    checksum: "sha256:{{ lookup('ansible.builtin.file', 'filter.sha256')[:64] }}"
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
    - The paths of pins in the set's directory that this module did not make, according to the set's record. They are left alone.
    - If the record is missing or damaged, only the programs that interfaces run, with their links and maps, count as pins of the set.
  returned: success, unless O(state=confirmed) or O(state=rolled_back)
  type: list
  elements: str
  sample: []
compiler:
  description: The compiler that compiled the C source in this run, with its version.
  returned: when something was compiled
  type: str
  sample: clang 19.1.7
kept:
  description:
    - Whether the next boot will bring back what this run leaves in force, according to what M(ebpf.xdp.xdp_boot) keeps in
      O(boot_directory).
    - V(same) if the next boot brings back what is in force. Of the contents of maps, only those that O(contents) declares are compared;
      C(ebpf-xdp status) compares all of them.
    - V(different) if the next boot brings back something else, or cannot bring the set back.
    - V(absent) if nothing is kept of this set.
  returned: success, unless O(state=confirmed) or O(state=rolled_back)
  type: str
  sample: same
trial:
  description:
    - The trial of this change. V(null) if O(confirm_timeout) is not given or is 0.
    - With O(state=confirmed) or O(state=rolled_back), the trial that this run ended. If no trial was pending, the last trial, or V(null) if
      there was none.
  returned: success, and when a task fails after a trial has begun
  type: dict
  contains:
    state:
      description:
        - V(pending) if the trial has begun, V(predicted) in check mode, and V(unneeded) if the change does not affect what interfaces run.
        - V(confirmed), V(rolled_back) or V(expired) if the trial has ended.
        - V(unknown) if the task failed and could not find out how the trial ended.
      type: str
      sample: pending
    id:
      description: The id of the trial, 16 hexadecimal digits.
      returned: for any trial, unless RV(trial.state) is V(unneeded)
      type: str
      sample: db7a1e8d757c6eed
    object_digest:
      description: SHA-256 of the object that was on trial. Empty if the trial was of O(state=absent).
      returned: for a trial that ended before this run
      type: str
      sample: 52b5ae13edd7ccaff8180d84b16571b48c6a371c7415db8d334715ac7ae21efb
    timeout:
      description: How long the trial lasts at most, in seconds.
      returned: for a trial that this run began, predicted or ended, and if RV(trial.state) is V(unneeded)
      type: int
      sample: 30
    begins_in:
      description: Seconds until the new program takes over, counted from the answer of the host.
      returned: RV(trial.state) is V(pending)
      type: float
      sample: 1.0
    interfaces:
      description: The names of the interfaces whose program changes, sorted.
      returned: for a trial that this run began, predicted or ended
      type: list
      elements: str
      sample: [eth0]
    protection:
      description: What brings back the old program if the trial is not confirmed. V(kernel), or V(process) for a process on the host.
      returned: for a trial that this run began, predicted or ended
      type: str
      sample: kernel
    why:
      description: Why a process must bring back the old program; V(null) if the kernel does.
      returned: for a trial that this run began, predicted or ended
      type: str
      sample: null
    confirmed_by:
      description:
        - V(connection) if the run that confirmed the trial came over an SSH connection that was opened after the new program took over.
        - V(unverified) if it came in any other way.
      returned: RV(trial.state) is V(confirmed), by this run
      type: str
      sample: connection
    session:
      description:
        - The SSH connection over which the trial was confirmed. C(pid) is the id of its sshd process. C(began_after) is the time from when
          the new program took over until this process started, in seconds.
        - V(null) if RV(trial.confirmed_by) is V(unverified).
      returned: RV(trial.state) is V(confirmed), by this run
      type: dict
      sample: {pid: 8516, began_after: 0.42}
    answered_after:
      description:
        - Seconds from when the new program took over until the host answered over a new connection.
        - If connections failed in the meantime, the first answer after the last failure counts. V(null) if the host did not answer again.
      returned: for a trial that this run began, with O(confirm=true)
      type: float
      sample: 0.6
    seconds:
      description: How many seconds the new program had been in force when the trial was confirmed.
      returned: RV(trial.state) is V(confirmed), by this run
      type: float
      sample: 1.7
gate:
  description:
    - How the gate judged the new program.
    - V(null) without O(gate), if nothing was on trial, or if the host could not be reached to judge the program.
  returned: O(confirm_timeout) is given and not 0, with O(confirm=true), outside check mode
  type: dict
  contains:
    passed:
      description: Whether the program stayed within the limits of O(gate).
      type: bool
      sample: true
    enough:
      description:
        - Whether at least O(gate.min_packets) packets were counted.
        - V(false) also if none were counted because O(gate) sets no limits.
      type: bool
      sample: true
    packets:
      description: The number of packets that were counted.
      type: int
      sample: 51234
    seconds:
      description: How long packets were counted, in seconds.
      type: float
      sample: 5.001
    drop_share:
      description: The share of these packets that the program dropped, from 0 to 1; V(null) if no packets were counted.
      type: float
      sample: 0.012
    abort_share:
      description: The share of these packets that the program aborted, from 0 to 1; V(null) if no packets were counted.
      type: float
      sample: 0.0
    drop_increase:
      description:
        - By how much RV(gate.drop_share) exceeds that of the old program. V(null) without O(gate.max_drop_increase), or if RV(gate.enough)
          is V(false).
      type: float
      sample: 0.001
    failures:
      description: The reasons why the program did not pass. Empty if it passed.
      type: list
      elements: str
      sample: []
contents:
  description:
    - How the contents of each map changed, in the order of O(contents). In check mode, how they would change.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    map:
      description: The name of the map.
      type: str
      sample: blocked
    counts:
      description:
        - How many entries were C(added), C(updated), C(removed) or left C(unchanged), as in RV(ebpf.xdp.xdp_map#module:counts).
      type: dict
      sample: {added: 10, updated: 0, removed: 10, unchanged: 99990}
    awaited:
      description:
        - Interfaces that do not exist yet, although entries of a devmap name them. Run the task again once they exist, to write these
          entries.
      type: list
      elements: str
      sample: []
    copied_values:
      description:
        - Whether a new map replaces the old one and takes over some of its values. Changes that programs make to these values between the
          copy and the switch to the new map are lost.
      type: bool
      sample: false
  sample: []
tests:
  description:
    - The result of each test, in the order of O(tests), followed by the tests of O(ssh_test). Also returned if the task fails because tests
      failed.
    - Empty if neither the program nor the contents of its maps changed.
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
      description: Why the test did not run; V(null) if it ran. A test of O(tests) that cannot run counts as failed.
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
        - The last packet as the program left it, in hexadecimal digits. V(null) if it was dropped or aborted, or if the test did not run.
      type: str
      sample: null
    diff:
      description:
        - The expected packet and the packet that came out, one on each line, in hexadecimal digits. Without O(tests[].out), the packet that
          came in takes the place of the expected one.
        - Empty if both are equal, or if no packet came out. M(ebpf.xdp.xdp_test) shows headers and a unified diff instead.
      type: str
      sample: ""
    ns:
      description: Always V(null) here. Use M(ebpf.xdp.xdp_test) to measure run times, in nanoseconds.
      type: int
      sample: null
untested:
  description: The tests that could not be generated from the rules of O(filter), with the reason.
  returned: O(filter) or O(chain[].filter) is given, and the task did not fail
  type: list
  elements: str
  sample: []
signer:
  description:
    - Who signed the object or the source. The controller has verified the signature.
    - V(null) without O(signature).
  returned: O(state=present)
  type: dict
  contains:
    name:
      description: The principal of the signer. This is O(signer) if given, and otherwise the one found in O(allowed_signers).
      type: str
      sample: release@example.org
    key:
      description: The fingerprint of the signer's key.
      type: str
      sample: SHA256:icEDMOc8u/OmMiJjmrReM16h4orv53ZyGS4nqlmGI+k
loaded:
  description: Whether this run loaded a program or, in check mode, would load one. V(false) if the kernel already has the right program.
  returned: O(state=present)
  type: bool
  sample: true
programs:
  description:
    - The programs of the set after the run. The attached program comes first, followed by its helpers. With O(scope=maps), all that are
      pinned, sorted by name.
    - Helpers are the programs in its program arrays, the programs that process packets redirected by a devmap or cpumap, and those that
      O(helpers) names.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the program's function.
      type: str
      sample: xdp_stats_pass
    id:
      description: The id of the program in the kernel; V(null) in check mode if the run would load the program.
      type: int
      sample: 42
    tag:
      description: The tag of the program, which is the kernel's digest of its instructions.
      type: str
      sample: 7524a119f44a4890
    path:
      description: Where the program is pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/programs/xdp_stats_pass
    attached:
      description: Whether this is the program that the interfaces run; V(false) for helpers.
      type: bool
      sample: true
    bound_ifindex:
      description:
        - The index of the only interface that the program can run on, if it reads packet metadata from the network card; 0 for any other
          program.
        - Such a program is loaded once for each of O(interfaces).
      type: int
      sample: 0
maps:
  description: The maps of the program after the run, sorted by name.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the map.
      type: str
      sample: xdp_counters
    id:
      description: The id of the map in the kernel; V(null) in check mode if the run would create the map.
      type: int
      sample: 17
    type:
      description: The type of the map, as bpftool names it.
      type: str
      sample: percpu_array
    key_size:
      description: The size of a key in bytes.
      type: int
      sample: 4
    value_size:
      description: The size of a value in bytes. For a per-CPU map, the size on one CPU.
      type: int
      sample: 104
    max_entries:
      description: The maximum number of entries.
      type: int
      sample: 65
    path:
      description: Where the map is pinned; V(null) if it is not pinned.
      type: str
      sample: /sys/fs/bpf/ansible/edge/maps/xdp_counters
    reused:
      description: Whether the map existed before this run and keeps its contents.
      type: bool
      sample: true
    borrowed_from:
      description: Where the map is pinned, if O(reuse_maps) names it; V(null) for the set's own maps.
      type: str
      sample: null
    recreated:
      description:
        - Whether the map replaces a pinned map without taking over its contents. This happens if the pinned map did not fit, or if it holds
          the variables of a program that was replaced.
      type: bool
      sample: false
    migrated:
      description:
        - How many entries the map took over from the pinned map that it replaces. V(null) for any map but those that did not fit, with
          O(on_map_change=migrate), and those with O(contents[].atomic=true).
        - Check mode predicts RV(maps[].migrated.copied) from the current contents of the old map.
      type: dict
      sample: null
      contains:
        copied:
          description: How many entries of the old map were in the new one before the interfaces switched, whether copied or declared.
          type: int
          sample: 1500
        added:
          description: How many entries appeared in the old map in the meantime and were added after the switch. Always 0 for arrays.
          type: int
          sample: 2
        missed:
          description:
            - How many entries of the old map are missing from the new one, because it was full. Always 0 for arrays, and for hash maps with
              enough room.
          type: int
          sample: 0
links:
  description:
    - Where the program is attached after the run.
    - An interface that has moved to another network namespace since it was attached is left as it is, and comes last, without its name and
      mode.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    interface:
      description: The primary name of the interface; V(null) if it has moved to another network namespace.
      type: str
      sample: eth0
    ifindex:
      description: The index of the interface, in its network namespace.
      type: int
      sample: 2
    mode:
      description:
        - The mode in which the program runs, V(native), V(generic) or V(offload); V(null) if the interface has moved to another network
          namespace.
      type: str
      sample: native
    why:
      description:
        - Why O(mode=auto) selected generic mode. If the driver refused native mode, this is its error and what that means.
        - V(null) in native mode, or if O(mode) is not V(auto).
      type: str
      sample: null
    method:
      description: How the program is attached, V(link) or V(netlink).
      type: str
      sample: link
    path:
      description: Where the link is pinned; V(null) if RV(links[].method) is V(netlink).
      type: str
      sample: /sys/fs/bpf/ansible/edge/links/eth0
    interrupted:
      description:
        - Whether this run left the interface without a program for a moment, because the kernel cannot change the mode or the method
          in one step.
      type: bool
      sample: false
"""

import os
from typing import TYPE_CHECKING, Any, Callable, Optional

from ansible_collections.ebpf.xdp.plugins.module_utils import (  # noqa: F401  # pylint: disable=unused-import
    _python,
    _startup,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs, host
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import CONTENTS, take
from ansible_collections.ebpf.xdp.plugins.module_utils._end_trial import end_trial
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._gate import GATE
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._module import (
    BOOT_DIRECTORY,
    PIN_ROOT,
    XdpModule,
    run,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._netns import NETNS, enter, enter_to_remove
from ansible_collections.ebpf.xdp.plugins.module_utils._parts import add_parts, load_part
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request, Tested
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout, kept_path
from ansible_collections.ebpf.xdp.plugins.module_utils._record.signer import shown, signer_of
from ansible_collections.ebpf.xdp.plugins.module_utils._source.options import ARGUMENTS, TESTS, asked_for, program_of

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.options import PacketTest

# Seconds that a trial may take.
_SHORTEST_TRIAL = 5
_LONGEST_TRIAL = 3600


# Imported here, not at the top: each run needs only one of the two, and every import costs start-up time.
def _absent(module: XdpModule, request: Request) -> Outcome:
    from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.absent import ensure_absent

    return ensure_absent(request, module.check_mode)


def _present(module: XdpModule, request: Request, result: "dict[str, Any]") -> Outcome:
    from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.present import ensure_present

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

        for warning in vlan_rules.check(rules, vlan_rules.interfaces_of(request), request.mode):
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
    from ansible_collections.ebpf.xdp.plugins.module_utils._record import reuse_maps

    return reuse_maps.references(given)


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
    from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept

    compared = kept.compare(directory, module.params["pin_root"], name, outcome.in_force)
    if compared.state == "different" and module.params["warn_kept"]:
        from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept_warning

        removed = module.params["state"] == "absent"
        module.warn(kept_warning.warning(compared, name, file, removed))
    differing: list[str] = []
    if compared.state == "same" and request.contents:
        from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept_declared

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
        from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept

        try:
            header = kept.header(directory, name)
        except XdpError as error:  # the change is made, and is no failure for that
            module.warn(
                f"Whether the pin set {name} would claim {', '.join(interfaces)} at the next boot is not known: {error}"
            )
            continue
        claimed = sorted({*interfaces} & {*(header.interfaces or ())}) if header else []
        if header and claimed and header.is_for(module.params["pin_root"]):
            module.warn(
                f"The pin set {name} is kept in {file} with {', '.join(claimed)}, which the pin set {module.params['name']} has "
                f"taken over. Keep {name} again with ebpf.xdp.xdp_boot and without it, or set warn_kept: false"
            )


def _arming(module: XdpModule) -> Any:
    """What puts the change on trial; ``None`` where it stays at once."""
    timeout = module.params["confirm_timeout"]
    if not timeout:
        return None
    if isinstance(timeout, bool) or not _SHORTEST_TRIAL <= timeout <= _LONGEST_TRIAL:
        raise XdpError(
            f"confirm_timeout: {timeout} is not possible. Give the seconds after which the old program comes back unless the "
            f"change is confirmed: {_SHORTEST_TRIAL} to {_LONGEST_TRIAL}, or 0 for no trial"
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
