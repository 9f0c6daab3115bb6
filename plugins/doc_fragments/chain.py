# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Several programs as one.
    DOCUMENTATION = r"""
options:
  chain:
    description:
      - Several programs that run one after the other, in this order, in place of O(src) and the options that go with it.
      - They are linked into one program, called C(chain), before anything is loaded. Upgrading one of them, or changing the order,
        upgrades that program in one step. The maps of all other members stay as they are.
      - "The members keep their own maps, called C(MEMBER:MAP). A pin set with a single program that becomes a chain keeps its
        maps: each goes to the first member that has a map of this name and shape."
    type: list
    elements: dict
    version_added: 0.1.0
    suboptions:
      name:
        description:
          - The member's name, a C identifier of at most 32 characters. Its maps are pinned as C(NAME:MAP), and its variables are
            set as C(NAME)'s.
        type: str
        required: true
      src:
        description:
          - The member's program, in the same form as O(src). C sources are compiled on the host, and the chain is then linked there.
            Otherwise it is linked on the controller.
        type: path
      object:
        description:
          - The member's object, as M(ebpf.xdp.xdp_compile) returned it.
          - Each member has one of O(chain[].src), O(chain[].object) and O(chain[].filter).
        type: dict
      filter:
        description:
          - Rules instead of a program, in the same form as O(filter).
        type: dict
      program:
        description:
          - The name of the member's program in its source or object. It is not needed if only one program is for interfaces.
        type: str
      proceed_on:
        description:
          - The verdicts after which a packet goes on to the next member. They are any of V(aborted), V(drop), V(pass), V(tx) and
            V(redirect). After any other verdict, the chain ends.
          - The default is what the object itself requests in the section C(.xdp_run_config) of libxdp, or else V([pass]).
          - The verdict of the last member is returned unchanged.
        type: list
        elements: str
      constants:
        description:
          - As O(constants), for this member.
        type: dict
        default: {}
      map_options:
        description:
          - As O(map_options), for this member, by the names that maps have in its source.
        type: dict
        default: {}
      defines:
        description:
          - As O(defines), for this member.
        type: dict
        default: {}
      compiler:
        description:
          - As O(compiler), for this member.
        type: str
        choices: [auto, bcc, clang]
        default: auto
      remote_src:
        description:
          - As O(remote_src), for this member.
        type: bool
        default: false
      checksum:
        description:
          - As O(checksum), for this member.
        type: str
      signature:
        description:
          - As O(signature), for this member.
        type: str
      allowed_signers:
        description:
          - As O(allowed_signers), for this member.
        type: path
      signer:
        description:
          - As O(signer), for this member.
        type: str
      revoked_keys:
        description:
          - As O(revoked_keys), for this member.
        type: path
      xdp_internal:
        description:
          - For internal use. Only the collection sets it. A task that sets it fails.
        type: dict
  count_verdicts:
    description:
      - Whether the chain counts packets and bytes by verdict and interface, and packets by verdict of each member.
        M(ebpf.xdp.xdp_stats) shows the counters.
      - The default is V(true) for a chain of two members or more.
      - With a chain of one member, the packets of any program can be counted, without a change of its source.
    type: bool
    version_added: 0.1.0
"""
